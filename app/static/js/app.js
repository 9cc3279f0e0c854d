// Entry of every page: each module looks after one behaviour and does nothing where its elements are missing.
import "./theme.js";
import "./toast.js";
import "./dialog.js";
import "./menus.js";
import "./busy.js";
import "./form_token.js";
import "./polling.js";
import "./copy.js";
import "./clock.js";
import "./tile-size.js";
