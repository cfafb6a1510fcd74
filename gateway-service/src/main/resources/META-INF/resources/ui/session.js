/** Who is signed in, and every call of the gateway's API. The key is in this tab's sessionStorage and nowhere else. */

import { Live } from "./live.js";

const STORED = "orchestrator-key";

/** An answer of the gateway that is no success; the message is the gateway's own. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** Tells `change` when somebody signs in or out. */
class Session extends EventTarget {
  key = sessionStorage.getItem(STORED) ?? "";
  name = "";
  admin = false;
  keyless = false;
  signedIn = false;
  /** Why nobody is signed in any more; empty if it was asked for. */
  ended = "";

  headers() {
    return this.key ? { Authorization: `Bearer ${this.key}` } : {};
  }

  /** Asks the gateway whose key it is; fails with ApiError. */
  async signIn(key) {
    const response = await fetch("/api/me", { headers: key ? { Authorization: `Bearer ${key}` } : {} });
    if (!response.ok) {
      throw await errorOf(response);
    }
    const me = await response.json();
    this.key = key;
    if (key) {
      sessionStorage.setItem(STORED, key);
    }
    Object.assign(this, { name: me.name ?? "", admin: me.admin, keyless: me.keyless, signedIn: true, ended: "" });
    live.start();
    this.dispatchEvent(new Event("change"));
  }

  signOut(why = "") {
    live.stop();
    sessionStorage.removeItem(STORED);
    Object.assign(this, { key: "", name: "", admin: false, keyless: false, signedIn: false, ended: why });
    this.dispatchEvent(new Event("change"));
  }
}

async function errorOf(response) {
  const text = await response.text();
  let message = text;
  try {
    const error = JSON.parse(text).error;
    message = typeof error === "string" ? error : error.message;
  } catch {
    // It was no JSON: the text itself is all there is to tell.
  }
  return new ApiError(response.status, message || `the gateway answered with status ${response.status}`);
}

/** fetch with the key; a 401 signs out. Fails with ApiError, of status 0 if the gateway cannot be reached. */
export async function apiFetch(path, init = {}) {
  let response;
  try {
    response = await fetch(path, { ...init, headers: { ...session.headers(), ...init.headers } });
  } catch (error) {
    if (error.name === "AbortError") {
      throw error;
    }
    throw new ApiError(0, "the gateway cannot be reached");
  }
  if (response.ok) {
    return response;
  }
  const failure = await errorOf(response);
  if (response.status === 401) {
    session.signOut(failure.message);
  }
  throw failure;
}

/** The JSON of an answer; `body`, if there is one, is sent as JSON. */
export async function apiJson(path, { method = "GET", body } = {}) {
  const init = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  const response = await apiFetch(path, init);
  return response.status === 204 ? undefined : response.json();
}

export const session = new Session();

/** What the fleet does, as it happens: `live.state` and the event `change`. */
export const live = new Live(apiFetch, (why) => session.signOut(why));
