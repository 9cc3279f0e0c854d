// Menus below their button: [popover][data-below]. Without this module they open in the middle of the window.
const GAP = 4;

function onToggle(event) {
  const menu = event.target;
  if (event.newState !== "open" || !menu.matches?.("[data-below]")) return;
  const button = document.querySelector(`[popovertarget="${menu.id}"]`);
  const box = button.getBoundingClientRect();
  const onTheLeft = box.left + box.width / 2 < window.innerWidth / 2;
  // Properties, so that the style sheet can lay the menu out differently on a phone.
  menu.style.setProperty("--below", `${Math.round(box.bottom + GAP)}px`);
  menu.style.setProperty("--from-left", onTheLeft ? `${Math.round(box.left)}px` : "auto");
  menu.style.setProperty("--from-right", onTheLeft ? "auto" : `${Math.round(window.innerWidth - box.right)}px`);
}

// A choice closes its menu, and the focus returns to the button that opened it.
function onClick(event) {
  const menu = event.target.closest?.(".menu-item")?.closest("[popover][data-below]");
  if (menu) menu.hidePopover();
}

document.addEventListener("beforetoggle", onToggle, { capture: true });
document.addEventListener("click", onClick, { capture: true });
