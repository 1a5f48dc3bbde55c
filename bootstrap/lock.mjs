/**
 * One set-up at a time per checkout: two `npm ci` in one directory ruin each other. The lock is a directory that holds
 * one file, named after its owner, who touches it every second. It appears complete, by one rename, and an abandoned
 * one is taken over by renaming that file: both can succeed for one process only, however many try. Abandoned means
 * untouched for ten seconds, which, unlike a look at the process id, is also right for zombies, for ids given to a
 * new program and for containers that share a checkout.
 */
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;
const HEARTBEAT_MS = 1000;
const ABANDONED_AFTER_MS = 10_000;

let acquisitions = 0;

/** Waits for the lock, runs `work`, and releases it whatever happens. `onWait(pid)` is called once if there is a wait. */
export async function withLock(
  directory,
  work,
  { onWait = () => {}, abandonedAfterMs = ABANDONED_AFTER_MS } = {},
) {
  const me = `${process.pid}-${Date.now().toString(36)}-${(acquisitions += 1)}`;
  await acquire(directory, me, { onWait, abandonedAfterMs });
  const heartbeat = setInterval(() => attempt(() => touch(path.join(directory, me))), HEARTBEAT_MS);
  const releaseNow = () => release(directory, me);
  process.once('exit', releaseNow);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', releaseNow);
    releaseNow();
  }
}

async function acquire(directory, me, { onWait, abandonedAfterMs }) {
  let seen;
  let seenSince = 0;
  let hasWaited = false;
  while (!create(directory, me)) {
    const { owner, touchedAt } = look(directory);
    if (!owner) attempt(() => fs.rmdirSync(directory)); // Left empty by a release that was cut short.
    const now = performance.now();
    const sign = `${owner} ${touchedAt}`;
    if (sign !== seen) {
      seen = sign;
      seenSince = now;
    }
    if (owner && now - seenSince > abandonedAfterMs && takeOver(directory, owner, me)) return;
    if (owner && !hasWaited) {
      onWait(owner.split('-')[0]);
      hasWaited = true;
    }
    await delay(POLL_MS);
  }
}

/** Refused while the directory holds an owner's file. */
function create(directory, me) {
  const prepared = `${directory}.${me}`;
  fs.mkdirSync(prepared, { recursive: true });
  fs.writeFileSync(path.join(prepared, me), '');
  if (attempt(() => fs.renameSync(prepared, directory))) return true;
  fs.rmSync(prepared, { recursive: true, force: true });
  return false;
}

function takeOver(directory, owner, me) {
  if (!attempt(() => fs.renameSync(path.join(directory, owner), path.join(directory, me)))) return false;
  touch(path.join(directory, me));
  return true;
}

function release(directory, me) {
  fs.rmSync(path.join(directory, me), { force: true });
  attempt(() => fs.rmdirSync(directory)); // Not empty if the next owner was quicker: then it is theirs.
}

function look(directory) {
  try {
    const [owner] = fs.readdirSync(directory);
    return owner ? { owner, touchedAt: fs.statSync(path.join(directory, owner)).mtimeMs } : {};
  } catch {
    return {};
  }
}

const touch = (file) => fs.utimesSync(file, new Date(), new Date());

function attempt(action) {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
