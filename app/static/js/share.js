// [data-share="address"]: hands the address to the device's share sheet. Where there is none, its data-copy copies it.
async function onClick(event) {
  const button = event.target.closest?.("[data-share]");
  if (!button || !navigator.share) return;
  event.stopImmediatePropagation();
  try {
    await navigator.share({ url: button.dataset.share, title: button.dataset.shareTitle });
  } catch (error) {
    // Closing the share sheet is an answer, not a failure.
    if (error.name !== "AbortError") throw error;
  }
}

document.addEventListener("click", onClick, { capture: true });
