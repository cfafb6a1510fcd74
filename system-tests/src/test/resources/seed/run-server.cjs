// Runs the seed's AgentConnectionManager, unchanged, and gives the first agent that registers some jobs, one after the
// other. Everything it emits goes out as a line "event {json}".
//
// node run-server.cjs <AgentConnectionManager.ts> <folder with node_modules> <port> <jobs as JSON>
'use strict';

const fs = require('fs');
const path = require('path');
const Module = require('module');

const [source, modules, port, jobsJson] = process.argv.slice(2);
const jobs = JSON.parse(jobsJson);
const requireThere = Module.createRequire(path.join(path.resolve(modules), 'any.js'));
const ts = requireThere('typescript');

function load(file) {
    const { outputText } = ts.transpileModule(fs.readFileSync(file, 'utf8'), {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    const loaded = new Module(file);
    loaded.filename = file;
    loaded.paths = [path.join(path.resolve(modules), 'node_modules')];
    loaded._compile(outputText, file);
    return loaded.exports;
}

function say(event, what) {
    console.log('event ' + JSON.stringify({ event, ...what }));
}

const { AgentConnectionManager } = load(source);
const manager = new AgentConnectionManager(Number(port));

function next() {
    const job = jobs.shift();
    if (!job) {
        say('finished', {});
        return;
    }
    const taken = manager.submitJob(job);
    say('submitted', { jobId: job.jobId, taken });
    if (!taken) {
        next();
    }
}

manager.on('token', (token) => say('token', token));
manager.on('job:complete', (job) => {
    say('complete', job);
    next();
});
manager.on('job:error', (job) => {
    say('error', job);
    next();
});
manager.on('agent:registered', (agent) => {
    say('registered', { models: agent.models });
    // The seed's server says "registered" only after this event.
    setImmediate(next);
});
