// Key maps of other programs, for hands that know them. Each names only what is different from the keys of our own.
// Lightroom Classic: P, X and U with Shift go on to the next photo, which auto-advance does here, so that Shift must not do
// something else; E and Space open the loupe, G leads back to the grid, Ctrl+D deselects, Ctrl+F finds, "\" is the filter bar,
// "/" takes a photo out of the survey.
// Immich: F is the favourite, Shift+A takes out of sight (the archive), X selects, Ctrl+K searches.
export const PRESETS = {
  proofsheet: { title: "Proofsheet", keys: {} },
  lightroom: {
    title: "Lightroom",
    keys: {
      keep: ["p", "Shift+p"],
      reject: ["x", "Shift+x"],
      clear: ["u", "Shift+u"],
      keepOnly: ["k"],
      trash: ["Delete", "Backspace"],
      select: ["Shift+Space"],
      deselect: ["Mod+d"],
      loupe: ["Enter", "e", "Space"],
      grid: ["g"],
      takeOut: ["/"],
      filter: ["Mod+f", "\\"],
      help: ["?", "Mod+/"],
    },
  },
  immich: {
    title: "Immich",
    keys: {
      keep: ["f", "p"],
      reject: ["Shift+a"],
      keepOnly: ["Shift+f"],
      select: ["x", "Space"],
      filter: ["Mod+k", "/"],
    },
  },
};
