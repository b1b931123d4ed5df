// Fetches the client, shows how far it is, and starts it. Whatever fails is said in words on the page.

import init, { start } from "./pkg/perigee_client.js";

const WASM = "./pkg/perigee_client_bg.wasm";
// Shown as progress where no one says how large the file is: a proxy may drop the server's word.
const LIKELY_BYTES = 400_000;

const progress = document.getElementById("progress");
const words = document.getElementById("progress-words");

function showProgress(loaded, total) {
  const share = Math.min(loaded / total, 1);
  progress.value = share * 100;
  words.textContent = `Loading: ${Math.round(loaded / 1024)} KiB`;
}

// A compressed transfer's length says nothing about what the reader will see, so the server sends that separately.
function totalBytes(headers) {
  const plain = headers.get("content-encoding") ? 0 : Number(headers.get("content-length"));
  return Number(headers.get("x-uncompressed-bytes")) || plain || LIKELY_BYTES;
}

async function fetchClient() {
  const response = await fetch(WASM);
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${WASM}`);
  const total = totalBytes(response.headers);
  const parts = [];
  let loaded = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    loaded += value.length;
    showProgress(loaded, total);
  }
  return new Blob(parts).arrayBuffer();
}

function fail(what) {
  const error = document.getElementById("error");
  error.textContent = `The game could not be started: ${what}. Reload the page to try again.`;
  error.hidden = false;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "small";
  again.textContent = "Load the page again";
  again.addEventListener("click", () => location.reload());
  error.after(again);
  progress.hidden = true;
  words.textContent = "";
}

try {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
  const bytes = await fetchClient();
  words.textContent = "Starting";
  await init({ module_or_path: bytes });
  start();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
