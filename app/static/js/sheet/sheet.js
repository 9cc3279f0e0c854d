// Entry of the contact sheet: each module looks after one behaviour; this one only starts them, in an order that matters.
import * as ahead from "./ahead.js";
import "./around.js";
import * as captions from "./captions.js";
import * as focus from "./focus.js";
import * as held from "./held.js";
import { adopt } from "./history.js";
import * as keys from "./keys.js";
import "./looking.js";
import * as marks from "./marks.js";
import * as newcomers from "./newcomers.js";
import * as pending from "./pending.js";
import * as pointer from "./pointer.js";
import "./publish.js";
import * as rejoin from "./rejoin.js";
import * as resume from "./resume.js";
import * as selection from "./selection.js";
import { resume as sendKept } from "./sending.js";
import { grid } from "./tiles.js";
import * as updates from "./updates.js";
import * as sheet from "./window.js";

if (grid) {
  pending.start();
  selection.start();
  updates.start();
  rejoin.start();
  newcomers.start();
  held.start();
  ahead.start();
  // First what was there before, then the tiles it needs: nothing is loaded that nobody looks at.
  sheet.start(() => focus.start(resume.begin()));
  sendKept(adopt);
  marks.start(keys.goTo);
  pointer.start();
  captions.start();
  keys.start();
  resume.start();
}
