// Keys for the stream: Space starts and stops it, M mutes, R records, ? asks for the list. Typing stays typing.
// Also: on a phone the menu closes after a choice, and closing the tab while it records asks first.
const WRITES = 'input:not([type="checkbox"]), textarea, select, [contenteditable], [role="slider"], [role="dialog"]';
const PRESSED_BY_SPACE = 'button, summary, video, audio, input[type="checkbox"], [role="radio"]';

export default function ({ setTriggerValue }) {
  const inFrame = (find) => {
    const inside = document.querySelector('iframe[title*="webrtc"]')?.contentDocument;
    return inside && [...inside.querySelectorAll("button")].find(find);
  };
  const says = (words) => (button) => words.includes(button.innerText.toUpperCase());
  const mutes = (button) => /mute microphone/i.test(button.getAttribute("aria-label") ?? "");
  const actions = {
    " ": () => inFrame(says(["START", "STOP"])),
    m: () => inFrame(mutes),
    r: () => document.querySelector(".st-key-record button, .st-key-stop-recording button"),
  };

  const onKey = (event) => {
    const own = event.key === " " ? `${WRITES}, ${PRESSED_BY_SPACE}` : WRITES;
    if (event.target.closest?.(own) || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = actions[event.key.toLowerCase()]?.();
    if (event.key !== "?" && !button) return;
    event.preventDefault();
    event.stopPropagation(); // R alone would run the page again
    if (event.key === "?") setTriggerValue("help", true);
    else if (!button.disabled && !event.repeat) button.click();
  };
  const listening = new Set();
  const listen = (target) => {
    if (!target || listening.has(target)) return;
    target.addEventListener("keydown", onKey, true);
    listening.add(target);
  };
  const closeMenu = (event) => {
    if (window.innerWidth > 768 || !event.target.closest('[data-testid="stSidebarNavLink"]')) return;
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  };
  const askBeforeLeaving = (event) => {
    if (document.querySelector(".recording")) event.preventDefault();
  };

  listen(window);
  document.addEventListener("click", closeMenu);
  window.addEventListener("beforeunload", askBeforeLeaving);
  const timer = setInterval(() => listen(document.querySelector('iframe[title*="webrtc"]')?.contentWindow), 500);
  return () => {
    clearInterval(timer);
    for (const target of listening) target.removeEventListener("keydown", onKey, true);
    document.removeEventListener("click", closeMenu);
    window.removeEventListener("beforeunload", askBeforeLeaving);
  };
}
