// Follows a job: by the service's events, and by asking where no events come through.
import { Problem, ask, askJson } from "../service.js";

const MOVING = ["reading", "queued", "running"];
const PAUSE_MS = 1000;

export async function follow(id, onJob, signal) {
  let events = true;
  while (!signal.aborted) {
    let last = null;
    const told = (job) => { onJob((last = job)); };
    try {
      if (events) await byEvents(id, told, signal);
      // A proxy may hold the events back, or a service end in between.
      if (last === null) events = false;
      if (last === null || MOVING.includes(last.state)) told(await askJson(`v1/jobs/${id}`, undefined, { signal }));
    } catch (error) {
      if (error.name === "AbortError" || error instanceof Problem) return;
    }
    if (last !== null && !MOVING.includes(last.state)) return;
    await new Promise((done) => { setTimeout(done, PAUSE_MS); });
  }
}

// EventSource cannot send a key along, so the stream is read here.
async function byEvents(id, onJob, signal) {
  const response = await ask(`v1/jobs/${id}/events`, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const event of events) {
      const line = event.split("\n").find((each) => each.startsWith("data: "));
      if (line) onJob(JSON.parse(line.slice(6)));
    }
  }
}
