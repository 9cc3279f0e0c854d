// Runs in the page that is measured. Times begin with the key's own time stamp and end after the frame that shows its effect.
(() => {
  // To be called in a frame, before it is painted: what is in the document then is what it shows.
  const afterPaint = (done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(null);
  };
  const MARKS = { p: "keep", x: "reject" };
  const probe = { empty: 0, marks: [], steps: [], frames: [], mostTiles: 0 };
  window.benchProbe = probe;

  const isMarked = (tile, mark) => tile.dataset.mark === mark;
  const shownFile = () => {
    const pictures = document.querySelectorAll("#loupe .pane-picture");
    const last = pictures[pictures.length - 1];
    return last?.complete && last.naturalWidth ? last.dataset.file : null;
  };

  function watch(begin, holds, times) {
    const look = () => (holds() ? afterPaint(() => times.push(performance.now() - begin)) : requestAnimationFrame(look));
    requestAnimationFrame(look);
  }

  document.addEventListener("keydown", (event) => {
    const tile = document.activeElement?.closest?.(".tile");
    const mark = MARKS[event.key];
    if (mark && tile) {
      probe.empty += isMarked(tile, mark); // there already: nothing is drawn and nothing sent
      watch(event.timeStamp, () => isMarked(tile, mark), probe.marks);
    }
    if (event.key === "ArrowRight" && document.getElementById("loupe")?.open) {
      const before = shownFile();
      watch(event.timeStamp, () => shownFile() !== null && shownFile() !== before, probe.steps);
    }
  }, true);

  const countTiles = () => document.getElementsByClassName("tile").length;

  // From top to end in so many seconds, a piece each frame; the time between frames is what the eye sees.
  probe.scroll = (seconds) => new Promise((done) => {
    const end = document.documentElement.scrollHeight - innerHeight;
    let begin = null;
    let last = null;
    const step = (now) => {
      begin ??= now;
      if (last !== null) probe.frames.push(now - last);
      last = now;
      probe.mostTiles = Math.max(probe.mostTiles, countTiles());
      scrollTo(0, Math.min(1, (now - begin) / (1000 * seconds)) * end);
      if (now - begin < 1000 * seconds) requestAnimationFrame(step);
      else done();
    };
    requestAnimationFrame(step);
  });

  const inView = (image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  };

  const isThere = (image) => image.complete && image.naturalWidth > 0;
  const images = () => document.getElementsByClassName("tile-picture");

  // Milliseconds since the navigation began, once the first picture is painted.
  (function lookForFirst() {
    const [first] = images();
    if (first && isThere(first)) afterPaint(() => (probe.firstPicture = performance.now()));
    else requestAnimationFrame(lookForFirst);
  })();

  /** Whether every picture on the screen is there, and there is one. */
  probe.isSettled = () => {
    const seen = [...images()].filter(inView);
    return seen.length > 0 && seen.every(isThere);
  };

  probe.nodes = () => document.getElementsByTagName("*").length;
  probe.tiles = countTiles;
  probe.allMarked = (mark) => [...document.getElementsByClassName("tile")].every((tile) => isMarked(tile, mark));
})();
