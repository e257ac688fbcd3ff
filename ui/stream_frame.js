// Tells Python what the stream's own frame says beside START (a refused permission, a missing device), and presses
// START there when Python asks for it. data: {said: what Python knows, press: the newest wish for START, page}.
const AGAIN_MS = 1000; // a press that came while the frame was being built has no effect
const GIVE_UP_MS = 10000;

export default function ({ data, setStateValue }) {
  let known = data.said;
  const done = (window.emotionPressed ??= {}); // page -> the last wish that was fulfilled, or given up
  let pressedIn = null;
  let pressedAt = 0;
  const begun = Date.now();

  const press = (inside, said) => {
    const now = Date.now();
    const find = (word) => [...inside.querySelectorAll("button")].find((b) => b.innerText.toUpperCase() === word);
    const answered = find("STOP") || (said && pressedIn === inside && now - pressedAt > AGAIN_MS);
    if (answered || now - begun > GIVE_UP_MS) done[data.page] = data.press;
    else if (find("START") && (pressedIn !== inside || now - pressedAt > AGAIN_MS)) {
      pressedIn = inside;
      pressedAt = now;
      find("START").click();
    }
  };
  const look = () => {
    const inside = document.querySelector('iframe[title*="webrtc"]')?.contentDocument;
    if (!inside) return;
    const said = inside.querySelector('[role="alert"]')?.innerText ?? "";
    if (data.press && data.press !== done[data.page]) press(inside, said);
    if (said !== known) {
      known = said;
      setStateValue("error", said);
    }
  };
  look();
  const timer = setInterval(look, 200);
  return () => clearInterval(timer);
}
