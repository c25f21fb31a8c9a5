// What keeps the page alive: it asks /status.json how things are, moves what moves, and fetches the page anew when
// something else has changed. The page is complete without it.
let seen, began, restarting, next;
const find = (query) => document.querySelector(query);
const say = (text) => {
  if (find("#said").textContent !== text) find("#said").textContent = text;
};
const put = (query, text) => {
  const place = find(query);
  if (place) place.textContent = text;
};
const time = (seconds) => {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours) return hours + " h " + minutes % 60 + " min";
  return minutes ? minutes + " min " + Math.floor(seconds % 60) + " s" : Math.floor(seconds) + " s";
};
const fetched = (path, patience) => fetch(path, { signal: AbortSignal.timeout(patience) });

// Both images may be chosen: the page picks.
function several() {
  if (find("#file")) find("#file").multiple = true;
}

// The page as the device shows it now; what is said stays.
async function renew() {
  const text = await (await fetched(location.pathname, 20000)).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("main");
  const focus = document.activeElement && document.activeElement.id;
  find("main").replaceWith(fresh);
  several();
  if (focus && find("#" + focus)) find("#" + focus).focus();
}

function move(now) {
  const busy = now.state !== "idle";
  put("#uptime", time(now.uptime));
  put("#stations", now.stations);
  put("#free", now.free + " bytes");
  put("#phase", now.state);
  const bar = find("progress");
  if (!busy || !bar) {
    began = 0;
    return;
  }
  bar.max = now.total || 1;
  bar.value = now.written;
  put("#bytes", now.written + " of " + now.total + " bytes in flash");
  const at = performance.now() / 1000;
  if (!began || now.written < began.written) began = { at, written: now.written };
  const rate = (now.written - began.written) / (at - began.at);
  const left = now.total - now.written;
  put("#rate", rate && left ? (rate / 1024).toFixed(1) + " KB/s, " + time(Math.ceil(left / rate)) + " left" : "");
  say("Update: " + now.state + (now.total ? ", " + Math.floor(now.written / now.total * 10) * 10 + " %" : ""));
}

// What became of what was going on, in words.
function tell(before, now) {
  const build = "build " + now.build;
  if (now.boot !== before.boot) {
    if (now.last === "fell-back") return "Rolled back to " + build + ": " + now.cause;
    if (now.build !== before.build || now.slot !== before.slot) return "Now " + build + ", from " + now.slot;
    return "Restarted (" + now.reset + "), still " + build;
  }
  const ended = before.state !== "idle" || now.attempt !== before.attempt;
  if (ended && now.state === "idle") return "Update " + now.cause;
  if (before.last !== now.last && now.last === "installed") return "Now " + build + ", confirmed";
}

async function look() {
  let pause = 2000;
  try {
    const now = await (await fetched("/status.json", 4000)).json();
    const key = [now.boot, now.state === "idle", now.last, now.cause, now.attempt, now.history.length].join();
    const before = seen;
    if (restarting) say("");
    restarting = 0;
    if (before && before.key !== key) {
      await renew();
      const news = tell(before, now);
      if (news) say(news);
    }
    seen = { ...now, key };
    move(now);
    if (now.state !== "idle") pause = 400;
  } catch (error) {
    restarting = seen;
    say(seen && seen.state !== "idle" ? "The device restarts …" : "The device does not answer; trying again …");
    pause = 700;
  }
  next = setTimeout(look, pause);
}

// Acts without leaving the page. Port 88 is another origin, so its answer stays unread: what came of it is in
// /status.json.
async function pull(url, body) {
  say("Asking the device …");
  try {
    const answer = fetch(url, { method: "POST", mode: "no-cors", body });
    clearTimeout(next);
    next = setTimeout(look, 300);
    await answer;
  } catch (error) {
    say("Port 88 of the device cannot be reached: " + error.message);
  }
}

addEventListener("click", (event) => {
  if (!event.target.matches("main a")) return;
  event.preventDefault();
  pull(event.target.href);
});

addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = find("#file");
  if (!input) return pull(event.target.action);
  for (const file of input.files) {
    const first = new Uint8Array(await file.slice(0, 4).arrayBuffer());
    if (first[0] === 0xEA && "user" + first[3] === input.dataset.slot) {
      return pull(event.target.action, new Blob([file]));
    }
  }
  say("That is not " + input.dataset.slot + ".bin: nothing was sent");
});

several();
look();
