// Keeps film, cursors and readouts of a replay at one moment, in the browser. data: as ui.replay.replay_data gives it.
export default function ({ parentElement, data }) {
  const root = parentElement.closest(".st-key-" + data.key);
  root.stopReplay?.(); // the page was run again
  const over = new AbortController();
  const film = () => root.querySelector("video");
  const range = root.querySelector(".replay-range");
  range.parentElement.hidden = data.film;
  range.max = data.seconds;
  range.step = data.row_s;

  const now = () => Math.min(Math.max(data.film ? (film()?.currentTime ?? 0) : +(root.dataset.at ?? 0), 0), data.seconds);
  function seek(time_s) {
    const to = Math.min(Math.max(time_s, 0), data.seconds);
    if (!data.film) root.dataset.at = range.value = to;
    else if (film()) film().currentTime = to;
  }
  const seekPointer = (event, plot) => {
    const place = plot.getBoundingClientRect();
    seek(((event.clientX - place.left) / place.width) * data.seconds);
  };
  const on = (name, act) => root.addEventListener(name, act, { signal: over.signal });
  on("pointerdown", (event) => {
    const plot = event.target.closest(".plot");
    if (!plot || event.button !== 0) return;
    plot.setPointerCapture(event.pointerId);
    seekPointer(event, plot);
  });
  on("pointermove", (event) => {
    const plot = event.target.closest(".plot");
    if (plot?.hasPointerCapture(event.pointerId)) seekPointer(event, plot);
  });
  on("click", (event) => {
    const button = event.target.closest("[data-seek]");
    if (button) seek(+button.dataset.seek);
  });
  on("input", (event) => event.target === range && seek(+range.value));

  const span = (text, name = "") => Object.assign(document.createElement("span"), { textContent: text, className: name });
  function showAnswer(readout, { said, probs, answers }, row) {
    const [state, mark, words, why] = answers[said[row]];
    const values = probs[row];
    readout.classList.remove("off", "on", "unsure");
    readout.classList.add(...state.split(" "));
    readout
      .querySelector(".answer")
      .replaceChildren(
        ...(values ? [span(mark), span(words, "label"), span(Math.max(...values) + "%", "percent")] : [span("–"), span(why, "why")])
      );
    readout.querySelectorAll(".bar").forEach((bar, i) => {
      bar.querySelector(".fill").style.width = (values ? values[i] : 0) + "%";
      bar.querySelector(".value").textContent = values ? values[i] + "%" : "";
    });
    let below = readout.querySelector(":scope > .why");
    if (!below) readout.append((below = Object.assign(document.createElement("div"), { className: "why" })));
    below.textContent = values ? why : "";
  }

  const two = (n) => String(n).padStart(2, "0");
  function clock(time_s) {
    const tenths = Math.round(time_s * 10), minutes = Math.floor(tenths / 600); // as clock_time in time_charts.py
    const seconds = ((tenths % 600) / 10).toFixed(1);
    if (!minutes) return `${seconds} s`;
    const hours = Math.floor(minutes / 60);
    return (hours ? `${hours}:${two(minutes % 60)}` : `${minutes}`) + `:${seconds.padStart(4, "0")}`;
  }

  function showTime(time_s, row) {
    const parts = [clock(time_s)];
    if (data.begun_unix_s !== null) {
      const at = new Date((data.begun_unix_s + time_s) * 1000); // the browser's own time zone
      const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      parts.push(`${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`);
    }
    const faces = data.faces?.[row];
    if (faces !== undefined) parts.push(faces === 1 ? "1 face in view" : `${faces} faces in view`);
    root.querySelector(".replay-time").textContent = parts.join(" · ");
  }

  // on a phone the readouts are far below the film: the answers in short
  function showNow(now, row) {
    const lines = Object.entries(data.readouts).map(([name, { said, probs, answers }]) => {
      const [, , words, why] = answers[said[row]];
      const line = document.createElement("div");
      line.textContent = `${name}: ` + (probs[row] ? `${words} ${Math.max(...probs[row])}%` : why);
      return line;
    });
    now.replaceChildren(...lines);
  }

  // what stands on the page is compared with what it last showed: Streamlit may have put it there anew
  const changed = (element, value) => element.dataset.shown !== value && (element.dataset.shown = value);
  function follow() {
    const time_s = now();
    const row = Math.min(Math.floor(time_s / data.row_s + 1e-6), data.rows - 1);
    for (const cursor of root.querySelectorAll(".cursor")) {
      const x = ((cursor.ownerSVGElement.viewBox.baseVal.width * time_s) / data.seconds).toFixed(1);
      if (!changed(cursor, x)) continue;
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
    for (const [name, answers] of Object.entries(data.readouts)) {
      const readout = root.querySelector(".readout-" + name);
      if (readout && changed(readout, String(row))) showAnswer(readout, answers, row);
    }
    const short = root.querySelector(".replay-now");
    if (changed(short, String(row))) showNow(short, row);
    if (changed(root.querySelector(".replay-time"), time_s.toFixed(1))) showTime(time_s, row);
    frame = requestAnimationFrame(follow);
  }
  let frame = requestAnimationFrame(follow);
  root.stopReplay = () => {
    over.abort();
    cancelAnimationFrame(frame);
  };
  return root.stopReplay;
}
