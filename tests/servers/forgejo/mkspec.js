// usage: node mkspec.js SWAGGER OUT   the part of Forgejo's description that Gemba speaks, in a form Prism reads
const fs = require("fs");
const [, , from, to] = process.argv;
const whole = JSON.parse(fs.readFileSync(from, "utf8"));
const spoken = [
  "/version", "/user", "/repos/{owner}/{repo}",
];
const paths = {};
for (const [path, item] of Object.entries(whole.paths)) {
  if (spoken.includes(path) || /^\/repos\/\{owner\}\/\{repo\}\/actions\/(runs|jobs|artifacts|workflows)/.test(path)) {
    paths[`/api/v1${path}`] = item; // Prism passes over the base path
  }
}
// A parameter with slashes is beyond Prism: the folder and the file that are asked for stand by their names.
const contents = "/repos/{owner}/{repo}/contents", folder = `/api/v1${contents}/.forgejo/workflows`;
const named = (item) => ({ get: { ...item.get, parameters: item.get.parameters.filter((p) => p.name !== "filepath") } });
paths[folder] = named(whole.paths[contents]);
paths[`${folder}/deploy.yml`] = named(whole.paths[`${contents}/{filepath}`]);
// Prism knows no format "url"; without a word for the version its answer would be a random one.
const text = JSON.stringify({ ...whole, basePath: "/", paths }).replaceAll('"format":"url"', '"format":"uri"');
const spec = JSON.parse(text);
const properties = (name) => spec.definitions[name].properties;
properties("ServerVersion").version.example = spec.info.version;
properties("User").login.example = "forge-user";
const examples = {
  ActionRun: { id: 42, index_in_repo: 7, status: "success", need_approval: false, workflow_id: "deploy.yml", prettyref: "main", duration: 60 },
  ActionRunJob: { id: 5, name: "build", status: "success", attempt: 1 },
  ActionArtifact: { id: 3, name: "shop", size_in_bytes: 8, expired: false },
  DispatchWorkflowRun: { id: 43, run_number: 8 },
};
for (const [definition, values] of Object.entries(examples)) {
  for (const [name, example] of Object.entries(values)) {
    const property = properties(definition)[name];
    delete property.$ref;
    property.example = example;
  }
}
properties("ContentsResponse").name.example = "deploy.yml";
properties("ContentsResponse").content.example = Buffer.from(
  "on:\n  workflow_dispatch:\n    inputs:\n      version: {type: string, default: '1'}\n"
).toString("base64");
fs.writeFileSync(to, JSON.stringify(spec));
