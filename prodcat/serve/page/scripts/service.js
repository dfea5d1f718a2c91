// Asks the service; the only place that does.
import { askForKey, key, tellProblem, tellReachable, tellUnreachable } from "./problems.js";

export const BASE = new URL("../../", import.meta.url);

export class Problem extends Error {
  constructor(details) {
    super(details.detail ?? details.title ?? "");
    this.details = details;
    this.kind = String(details.type ?? "").replace("urn:prodcat:", "");
  }
}

// Ask, and return the response; a problem is thrown, a missing key is asked for.
export async function ask(path, { body, method, signal, headers = {} } = {}) {
  const options = { method: method ?? (body === undefined ? "GET" : "POST"), signal, body, headers: { ...headers } };
  for (let wrong = false; ; wrong = true) {
    const used = key();
    if (used) options.headers.Authorization = `Bearer ${used}`;
    let response;
    try {
      response = await fetch(new URL(path.replace(/^\//, ""), BASE), options);
    } catch (error) {
      if (error.name !== "AbortError") tellUnreachable();
      throw error;
    }
    tellReachable();
    if (response.ok) return response;
    const problem = new Problem(await detailsOf(response));
    if (response.status !== 401) throw problem;
    // Another request may have brought a key meanwhile.
    if (key() === used && !(await askForKey(wrong || Boolean(used)))) throw problem;
  }
}

async function detailsOf(response) {
  try {
    return await response.json();
  } catch {
    return { title: response.statusText, status: response.status };
  }
}

export async function askJson(path, data, { signal } = {}) {
  const options = { signal };
  if (data !== undefined) {
    options.body = JSON.stringify(data);
    options.headers = { "Content-Type": "application/json" };
  }
  return (await ask(path, options)).json();
}

// One product by its parts, its picture as a file.
export function formOf(product, more = {}) {
  const form = new FormData();
  for (const part of ["name", "description"]) if (product[part]) form.append(part, product[part]);
  if (product.image) form.append("image", product.image, "picture");
  for (const [name, value] of Object.entries(more)) form.append(name, String(value));
  return form;
}

// A picture of the service as an address for an <img>; a key goes along, which an <img> cannot.
export async function pictureUrl(path, signal) {
  return URL.createObjectURL(await (await ask(path, { signal })).blob());
}

// Do something for the one who clicked, and tell what went wrong.
export async function tried(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    if (error instanceof Problem) tellProblem(error);
    else if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}
