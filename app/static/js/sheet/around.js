// What stands around the sheet: finding, all that match, keys and their help, the menu of a tile, how far the job is.
import { focusedPosition } from "./focus.js";
import "./finding.js";
import "./help.js";
import "./key_hints.js";
import { addCommands } from "./keys.js";
import "./matching.js";
import "./notify.js";
import { remix } from "./remix.js";
import "./standing.js";
import "./tile_menu.js";

addCommands("grid", { remix: () => remix(focusedPosition()) });
