import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Job } from '#protocol/agent/job.ts';
import { newId } from '#protocol/ids.ts';
import { runAction } from '../actions/run-action.ts';
import { scriptAction } from '../actions/test/make-run.ts';
import { connectedAgent } from '../test/test-agent.ts';
import { testIds } from '../test/test-ids.ts';

const scriptJob = (content: string, more: Parameters<typeof scriptAction>[1] = {}): Job =>
  Job.parse({
    target_id: newId('tgt', testIds),
    attempt: 1,
    deployment_id: newId('dep', testIds),
    device_key: 'self',
    action: scriptAction(content, more),
    timeout_seconds: 60,
    idempotent: false,
    log_offset: 0,
  });

const connected = () => connectedAgent({ runAction });

describe('a script on a connected agent', () => {
  it('REP1 hands its report over with a proof of each file, before its result', async () => {
    const { server } = await connected();
    const job = server.offer(
      scriptJob('cd $DEPLOYX_REPORT_DIR; mkdir sub; echo "<h1>ok</h1>" > index.html; printf x > "sub/a b.png"'),
    );
    await server.until('the result', () => server.frames('job.result').length === 1);
    expect(server.frames('job.result')[0]).toMatchObject({ target_id: job.target_id, outcome: 'completed' });
    expect([...server.reports]).toEqual([
      [`${job.target_id} 1 index.html`, '<h1>ok</h1>\n'],
      [`${job.target_id} 1 sub/a b.png`, 'x'],
    ]);
  });

  it('REP1 makes its proofs by the server’s clock when its own is wrong', async () => {
    const { server } = await connected();
    server.clockAheadMs = 3_600_000;
    const job = server.offer(scriptJob('echo x > $DEPLOYX_REPORT_DIR/a'));
    await server.until('the result', () => server.frames('job.result').length === 1);
    expect([...server.reports.keys()]).toEqual([`${job.target_id} 1 a`]);
  });

  it('leaves nothing of itself in the work folder', async () => {
    const { server, agent } = await connected();
    server.offer(scriptJob('echo x > kept; echo y > $DEPLOYX_REPORT_DIR/a'));
    await server.until('the result', () => server.frames('job.result').length === 1);
    await expect.poll(() => readdirSync(agent.files.work)).toEqual([]);
  });

  it('LOG9 has its secrets in no frame and no line of the agent’s log, and in files of their owner alone', async () => {
    const { server, agent } = await connected();
    server.offer(
      scriptJob('echo "token: $TOKEN"; echo "$TOKEN" >&2; exit 1', {
        env: { TOKEN: 'hunter2-hunter2' },
        secret_env: ['TOKEN'],
      }),
    );
    await server.until('the result', () => server.frames('job.result').length === 1);
    const said = JSON.stringify([server.connections.flatMap(({ frames }) => frames), agent.lines]);
    expect(said).toContain('token: ***');
    expect(said).not.toContain('hunter2');
    for (const path of [
      agent.files.journal,
      ...readdirSync(agent.files.spool).map((one) => join(agent.files.spool, one)),
    ])
      if (existsSync(path)) expect(statSync(path).mode & 0o077, path).toBe(0);
    for (const name of readdirSync(agent.files.spool))
      expect(readFileSync(join(agent.files.spool, name), 'utf8')).not.toContain('hunter2');
  });
});
