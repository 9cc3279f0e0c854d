// Keys may be quicker than pictures: while a step waits for its tiles, what is pressed after it waits too, so that it is done to
// the picture it was meant for. Where nothing is waited for, everything is done at once, before the next frame.
let last = null; // the command that is waited for
let generation = 0;

/** What a command answers when its picture could not be loaded: those behind it mean nothing any more. */
export const DROP = Symbol("drop");

function follow(answer) {
  if (!(answer instanceof Promise)) return;
  const mine = answer.then(
    (result) => settle(mine, result),
    (error) => {
      settle(mine, DROP);
      throw error;
    },
  );
  last = mine;
}

function settle(mine, result) {
  if (result === DROP) forgetWaiting();
  else if (last === mine) last = null;
}

/** The same commands, each after those before it. */
export function inTurn(commands, { atOnce = [] } = {}) {
  const wrap = (name, command) => (event) => {
    if (atOnce.includes(name)) {
      forgetWaiting();
      return command(event);
    }
    const mine = generation;
    const answer = last ? last.then(() => (mine === generation ? command(event) : undefined)) : command(event);
    follow(answer);
    return answer;
  };
  return Object.fromEntries(Object.entries(commands).map(([name, command]) => [name, wrap(name, command)]));
}

/** Gives up what still waits. */
export function forgetWaiting() {
  generation += 1;
  last = null;
}
