// Tells Python what the stream's own frame says beside START (a refused permission, a missing device), and presses
// START there when Python asks for it. data: {said: what Python knows, press: how often START was asked for, page}.
export default function ({ data, setStateValue }) {
  let known = data.said;
  const pressed = (window.emotionPressed ??= {});
  const look = () => {
    const inside = document.querySelector('iframe[title*="webrtc"]')?.contentDocument;
    if (!inside) return;
    const said = inside.querySelector('[role="alert"]')?.innerText ?? "";
    if (said !== known) {
      known = said;
      setStateValue("error", said);
    }
    const start = [...inside.querySelectorAll("button")].find((b) => b.innerText.toUpperCase() === "START");
    if (start && data.press > (pressed[data.page] ?? 0)) {
      pressed[data.page] = data.press;
      start.click();
    }
  };
  look();
  const timer = setInterval(look, 200);
  return () => clearInterval(timer);
}
