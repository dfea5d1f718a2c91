"""What people do on the page, and what it is given."""

import base64
import time

from prodcat.examples import FOLDER

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SERIOUS = {"serious", "critical"}
HOSTILE = "<img src=x onerror='window.hacked=1'> shirt"
TABLE = (
    "ref,what,words,price\n"
    "1,Men Red Running Shoes,Lightweight sports shoes,9\n"
    f'2,"{HOSTILE}",,8\n'
    "3,Women Embroidered Kurta,,7\n"
    "4,qwx zzrt 0000,,6\n"
    "5,Men Blue Jeans,Straight leg,5\n"
)
HAND_OVER = """([data, name, type, way, selector]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], name, { type }));
  const event = way === "paste"
    ? new ClipboardEvent("paste", { clipboardData: given, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: given, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(event);
}"""
OVERFLOWING = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def hand_over(page, selector, data, name, *, way="drop", kind=""):
    """Drop a file on something, or paste it there."""
    page.evaluate(HAND_OVER, [base64.b64encode(data).decode(), name, kind, way, selector])


def picture(name):
    """The file of an example's picture."""
    return (FOLDER / name).read_bytes()


def ask(page, name="", description=""):
    """Give a product and wait for its answer."""
    page.locator("#name").fill(name)
    page.locator("#description").fill(description)
    page.locator("#ask").click()
    page.locator("#answers[aria-busy=false] .verdict").wait_for()


def tab_to(page, selector, most=90):
    """Go on by the Tab key until something has the focus."""
    for _ in range(most):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {selector}.")


def heard(page):
    """What a screen reader was told last."""
    return page.locator("#live").inner_text()


def faults(page, axe):
    """What axe finds that keeps people out, each with where it is."""
    page.evaluate(axe)
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [
        (fault["id"], node["html"][:160])
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


def answered_job(service):
    """Have a table answered, and return the id of its job."""
    job = service.ask("POST", "/v1/jobs?name=shop.csv", data=TABLE).json()
    chosen = {"name": ["what"], "id": ["ref"], "description": ["words"]}
    until = time.monotonic() + 120
    while time.monotonic() < until:
        now = service.ask("GET", f"/v1/jobs/{job['id']}").json()
        if now["state"] == "done":
            return job["id"]
        if now["state"] == "ready":
            service.ask(
                "POST", f"/v1/jobs/{job['id']}/start", json={"columns": chosen, "format": "jsonl"}
            )
        assert now["state"] in ("reading", "ready", "queued", "running"), now
        time.sleep(0.1)
    raise AssertionError("The table was not answered.")
