// Starts the page: makes the parts, and moves between lobby and meeting.
import { endProblem } from './errors.js';
import { inspect } from './inspect.js';
import { Local } from './local.js';
import { Media } from './media.js';
import { readOptions } from './options.js';
import { Room } from './room.js';
import { byId } from './ui/dom.js';
import { Lobby } from './ui/lobby.js';
import { Meeting } from './ui/meeting.js';
import { Settings } from './ui/settings.js';
import { Sound } from './ui/sound.js';

// ms: with `joined` the server's offer is on its way. It is answered first, then the view changes.
const view_delay = 50;

const options = readOptions(location.search);
const address = new URL('ws', document.baseURI);
address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
address.search = address.hash = '';

const media = new Media(options);
const room = new Room(options, address.href);
const local = new Local(media, room);
const sound = new Sound(room);
const settings = new Settings({ media, sound });
const meeting = new Meeting({ room, media, local, settings, onLeave: () => room.leave() });
const lobby = new Lobby({ media, local, settings, options, onJoin: join });
window.parley = inspect({ room, stage: meeting.stage, sound });

const sources = ['camera', 'microphone'].filter((source) => options[source]);

function join({ room: roomName, name }) {
  lobby.status('Joining…', { busy: true });
  room.join({ room: roomName, name, token: options.token });
}

function showMeeting() {
  if (room.state !== 'joined' || !byId('meeting').hidden) return;
  lobby.hide();
  meeting.show();
  const link = new URL(location.href);
  link.searchParams.set('room', room.name);
  history.replaceState(null, '', link);
}

function showLobby(detail) {
  const wasInside = !byId('meeting').hidden;
  meeting.hide();
  lobby.show();
  lobby.status(endProblem(detail) || (wasInside ? 'You left the meeting.' : ''), {
    problem: detail.reason !== 'left',
  });
  if (local.isOn('screen')) local.setScreen(false);
}

room.on('state', (detail) => {
  if (detail.state === 'joined') setTimeout(showMeeting, view_delay);
  else if (detail.state === 'left') showLobby(detail);
  else if (detail.state === 'joining' && detail.reason === 'unreachable') {
    lobby.status('The server cannot be reached. Check the network; this page goes on trying.', {
      problem: true,
      busy: true,
    });
  }
});
addEventListener('pagehide', () => room.state !== 'idle' && room.leave());

if (!window.RTCPeerConnection) {
  lobby.status('This browser cannot hold calls. Use a current Chrome, Edge, Firefox or Safari.', {
    problem: true,
    busy: true,
  });
} else {
  // The server is met while the browser still asks for the devices.
  if (options.autojoin && options.room && options.name) join(options);
  else lobby.show();
  local.start(sources);
}
