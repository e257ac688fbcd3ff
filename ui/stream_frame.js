// Tells Python what the stream's own frame says beside START (a refused permission, a missing device), and presses
// START there when Python asks for it. It makes the container of the spoken words a live region (ui/live_spoken.py); set
// here, once, because a region that is drawn anew with its words is not read out. It also gives the frame's inside the
// shape of the picture. data: {said: what Python knows, press: the newest wish for START, page}.
const AGAIN_MS = 1000; // a press that came while the frame was being built has no effect
const GIVE_UP_MS = 10000;
// 4:3 for the sign before START, for the wheel while it connects and for the picture, so that nothing moves
const SHAPE = `
  html, body { margin: 0; background: transparent !important }
  #root > div > div:has(> .MuiPaper-root, > video, > audio) { aspect-ratio: 4 / 3; margin: 0; padding: 0; display: grid }
  #root > div > div > .MuiPaper-root { margin: 0; padding: 0; height: auto; background: none; display: grid; place-items: center }
  #root > div > div:last-child:has(> div > button) { padding: 8px 0 }
  #root > div > div > video { display: block; width: 100%; height: 100%; min-height: 0; object-fit: contain }
`;

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
    const spoken = document.querySelector(".st-key-live-spoken");
    if (spoken && spoken.role !== "status") spoken.role = "status"; // polite
    const inside = document.querySelector('iframe[title*="webrtc"]')?.contentDocument;
    if (!inside?.head) return;
    if (!inside.getElementById("emotion-shape")) {
      const shape = Object.assign(inside.createElement("style"), { id: "emotion-shape", textContent: SHAPE });
      inside.head.append(shape);
    }
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
