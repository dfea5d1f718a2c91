// Colours of groups: told apart also by most of the colour-blind, on white as on near black.
const DISTINCT = [
  "#1f78b4", "#d95f02", "#1b9e77", "#c2569b", "#b58900", "#4fb3e8", "#8c6d46", "#7e6bc4",
  "#c0392b", "#5fa641", "#e58fb8", "#2f6f73", "#e0a458", "#9c4f96", "#6d8fd6", "#a3b144",
];
const RAMP = ["#2c7fb8", "#7a64c4", "#c4508f", "#ec7240", "#e9b000"];
const TONES = { good: "#2e9e64", bad: "#d63b30", quiet: "#8a9099" };
const WITHOUT = "#8a9099";

function hexToNumbers(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

function onRamp(place) {
  const step = place * (RAMP.length - 1);
  const below = limit(Math.floor(step), 0, RAMP.length - 2);
  const [a, b] = [RAMP[below], RAMP[below + 1]].map(hexToNumbers);
  return a.map((value, i) => Math.round(value + (b[i] - value) * (step - below)));
}

// Beyond the distinct ones: hues that lie as far apart as they can, and less strong.
function furtherColour(place) {
  const hue = (place * 137.508) % 360;
  const [saturation, light] = [0.38, 0.5 + 0.1 * (place % 3 - 1)];
  const spread = saturation * Math.min(light, 1 - light);
  const channel = (offset) => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (light - spread * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

// Groups of a partition from the largest, or in their own order: [code, count].
function rankGroups(colouring) {
  const counts = new Uint32Array(colouring.groups.length + 1);
  for (const code of colouring.codes) counts[Math.min(code, colouring.groups.length)]++;
  const groups = [...counts.entries()].filter(([, count]) => count > 0);
  const without = groups.at(-1)?.[0] === colouring.groups.length ? [groups.pop()] : [];
  if (!colouring.ordered) groups.sort((a, b) => b[1] - a[1]);
  return [...groups, ...without];
}

// One colour for each group as [red, green, blue], the last for what has none.
function coloursOf(colouring, ranked) {
  const colours = Array.from({ length: colouring.groups.length + 1 }, () => hexToNumbers(WITHOUT));
  const last = Math.max(1, colouring.groups.length - 1);
  ranked.filter(([code]) => code < colouring.groups.length).forEach(([code], rank) => {
    const tone = TONES[colouring.tones[code]];
    if (tone) colours[code] = hexToNumbers(tone);
    else if (colouring.ordered) colours[code] = onRamp(code / last);
    else colours[code] = rank < DISTINCT.length ? hexToNumbers(DISTINCT[rank]) : furtherColour(rank);
  });
  return colours;
}

function toPalette(colours) {
  return Uint32Array.from(colours, ([red, green, blue]) => red | (green << 8) | (blue << 16));
}
