// Talk to the studio: send changes one at a time, hear what is shown.

export const page = crypto.randomUUID();
let newest = 0; // revision of the document of which an answer told

/** Send a request; return null, or {key, sentence} where it was refused. */
export function post(path, body = {}) {
  return send(path, "application/json", JSON.stringify(body));
}

/** Send a file; return as `post` does. */
export function upload(path, file) {
  return send(path, "application/octet-stream", file);
}

async function send(path, type, body) {
  try {
    const response = await fetch(path, { method: "POST", headers: { "Content-Type": type }, body });
    if (response.ok) {
      newest = Math.max(newest, (await response.json()).revision);
      return null;
    }
    if (response.headers.get("content-type")?.startsWith("application/json")) return await response.json();
    return { key: "", sentence: await response.text() };
  } catch {
    return { key: "", sentence: "The studio does not answer; start it again, and open the address that it prints." };
  }
}

let gestures = 0;

/** Return a name for one movement of a control, whose changes are undone as one. */
export function newGesture() {
  return `${page} ${++gestures}`;
}

let waiting = null;
let sending = null;

/** Change values of the document; of several changes in a hurry only the newest is sent.

The promise is kept when nothing is left to be sent. */
export function edit(values, { gesture = "", refused = () => {}, taken = () => {} } = {}) {
  if (waiting && Object.keys(waiting.values).join() !== Object.keys(values).join()) {
    values = { ...waiting.values, ...values };
  }
  waiting = { values, gesture, refused, taken };
  sending ??= sendEdits().finally(() => { sending = null; });
  return sending;
}

/** Wait until every change has been sent and answered. */
export async function settled() {
  while (sending) await sending;
}

/** Return whether a document is as old as it is because an answer overtook the news of it. */
export function isOvertaken(revision) {
  return revision < newest;
}

async function sendEdits() {
  while (waiting) {
    const { values, gesture, refused, taken } = waiting;
    waiting = null;
    const problem = await post("edit", { values, gesture });
    if (problem) refused(problem);
    else taken();
  }
}

/** Call the handler of each kind of event with what is shown now, and whenever it changes. */
export function listen(handlers) {
  const source = new EventSource(`events?page=${page}`);
  for (const [kind, handle] of Object.entries(handlers)) {
    source.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
  }
  source.addEventListener("open", () => handlers.connected?.(true));
  source.addEventListener("error", () => handlers.connected?.(false));
}
