// What a person is told of recordings, and asked.

/** Is this participant left out of what is recorded now? */
export const leftOut = ({ recording, consentRequired }, consent) =>
  Boolean(recording && consentRequired && !consent);

/** The question that waits for an answer, or null: who is recorded anyway is only told. */
export function question({ recording, consentRequired, consent }) {
  if (!consentRequired || consent !== null) return null;
  const why = recording ? 'This call is recorded.' : 'This call may be recorded.';
  return `${why} May your voice and picture be in the recording?`;
}

/** How one's own choice stands, and the other one; null where there is none to make. */
export function choice({ recording, consentRequired, consent }) {
  if (!consentRequired) return null;
  const tense = recording ? ['is', 'are'] : ['will be', 'will be'];
  return consent
    ? { text: `What you say, show and write ${tense[0]} in the recording.`, action: 'Leave me out', gives: false }
    : { text: `Your voice, picture and messages ${tense[1]} left out of the recording.`, action: 'Allow recording', gives: true };
}
