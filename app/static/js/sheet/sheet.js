// Entry of the contact sheet: each module looks after one behaviour; this one only starts them.
import "./updates.js";
import "./focus.js";
import "./selection.js";
import "./marks.js";
import "./loupe.js";
import "./pointer.js";
import "./keys.js";
import "./publish.js";
