//! Connected systems and their runs.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  gemba connect ci --system buildbot --url https://ci.example --user ops --secret-env CI_PASSWORD
  gemba connect gh --system github --url https://github.com --scope acme/shop --secret-stdin < token.txt
  gemba connect wall --system cctray --url https://ci.example/cc.xml
  gemba connect                               list the connections and how their last sync went

A secret comes from GEMBA_TOKEN_<NAME> where that is set, else from the variable of --secret-env, else from the keychain
or the encrypted file where --secret-stdin put it. It is never an argument and never stands in the workspace.")]
pub struct Connect {
    /// What the connection is called; its runs carry this name
    pub name: Option<String>,
    /// Which system answers there
    #[arg(long, value_name = "SYSTEM")]
    pub system: Option<String>,
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The user, where the system asks for one
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The environment variable that holds the token or password
    #[arg(long, value_name = "VARIABLE", conflicts_with = "secret_stdin")]
    pub secret_env: Option<String>,
    /// Read the token or password from the standard input and keep it in the keychain, else in an encrypted file
    #[arg(long)]
    pub secret_stdin: bool,
    /// A repository, project or job to look at (repeat for more)
    #[arg(long, value_name = "NAME")]
    pub scope: Vec<String>,
    /// A JSON file with what else a system needs to be told, such as the template of a webhook
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// A PEM file with certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The way there: what the machine is set to, none, or the address of a proxy such as http://user@proxy.example:3128
    #[arg(long, value_name = "system|none|URL")]
    pub proxy: Option<String>,
    /// The environment variable that holds the password of the proxy's user; GEMBA_PROXY_PASSWORD_<NAME> comes first
    #[arg(long, value_name = "VARIABLE")]
    pub proxy_password_env: Option<String>,
    /// Allow plain http to another machine
    #[arg(long)]
    pub allow_http: bool,
    /// Seconds between two syncs of the window, at least 10
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(10..))]
    pub every: Option<u32>,
    /// Sync it no more until --resume
    #[arg(long, conflicts_with = "resume", requires = "name")]
    pub pause: bool,
    #[arg(long, requires = "name")]
    pub resume: bool,
    /// Forget a connection and its secret; the runs it brought stay
    #[arg(long, value_name = "NAME", conflicts_with = "name")]
    pub remove: Option<String>,
    /// Print each request and how it was answered, without secrets
    #[arg(long)]
    pub trace: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Sync {
    /// Connections; all that are not paused if not given
    pub names: Vec<String>,
    /// Print each request and how it was answered, without secrets
    #[arg(long)]
    pub trace: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Runs {
    /// Only those of one connection
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// What was started from here, and what became of it
    #[arg(long, conflicts_with = "audit")]
    pub started: bool,
    /// Who did what
    #[arg(long)]
    pub audit: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Presets {
    /// Forget the one of this name
    #[arg(long, value_name = "NAME")]
    pub forget: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

fn pair_of_variable(text: &str) -> Result<(String, String), String> {
    pair(text).map_err(|_no_pair| "write it as NAME=VARIABLE, the name of an environment variable".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  gemba trigger deploy --form                                  what the server asks for
  gemba trigger deploy --ref main --input target=staging --follow
  gemba trigger deploy --input target=production --confirm production

Exit codes with --follow: 0 the run succeeded, 1 it did not, was refused or lost.")]
pub struct Trigger {
    /// The pipeline, or CONNECTION/PIPELINE
    #[arg(required_unless_present = "preset")]
    pub pipeline: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// The branch or tag to run on
    #[arg(long = "ref", value_name = "REF")]
    pub git_ref: Option<String>,
    /// An input (repeat for more)
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    pub inputs: Vec<(String, String)>,
    /// An input whose value is in an environment variable
    #[arg(long = "secret-input", value_name = "NAME=VARIABLE", value_parser = pair_of_variable)]
    pub secret_inputs: Vec<(String, String)>,
    /// The name of the production environment, to say that it is meant
    #[arg(long, value_name = "ENVIRONMENT")]
    pub confirm: Option<String>,
    /// Print what the server asks for and start nothing
    #[arg(long)]
    pub form: bool,
    /// Print the request of a webhook as a command of the shell, without secrets, and start nothing
    #[arg(long)]
    pub preview: bool,
    /// Keep these inputs under a name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["form", "preview"])]
    pub save: Option<String>,
    /// The service that the kept inputs are of, so that they are offered with it
    #[arg(long, value_name = "SERVICE", requires = "save")]
    pub service: Option<String>,
    /// Start with the inputs kept under a name
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Wait for the end of the run; the exit code is the run's
    #[arg(long)]
    pub follow: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Approve {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// Which of several waiting steps
    #[arg(long, value_name = "NAME")]
    pub step: Option<String>,
    #[arg(long)]
    pub reject: bool,
    /// The name of the production environment, to say that it is meant
    #[arg(long, value_name = "ENVIRONMENT")]
    pub confirm: Option<String>,
    /// What to say with it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct CancelRun {
    /// CONNECTION:ID, or PIPELINE#NUMBER; of what still waits in a queue the id of its start, from gemba runs --started
    pub run: String,
}

#[derive(Debug, ClapArgs)]
pub struct LinkRun {
    /// The id of the start, or how it ends, from gemba runs --started
    pub start: String,
    /// The address of its run
    #[arg(required_unless_present = "nothing")]
    pub url: Option<String>,
    /// Somebody looked there: no run came of it, or it is over
    #[arg(long, conflicts_with = "url")]
    pub nothing: bool,
}

#[derive(Debug, ClapArgs)]
pub struct RetryRun {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// Only what failed
    #[arg(long)]
    pub failed: bool,
    /// The name of the production environment, to say that it is meant
    #[arg(long, value_name = "ENVIRONMENT")]
    pub confirm: Option<String>,
    /// Wait for the end of the run; the exit code is the run's
    #[arg(long)]
    pub follow: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Logs {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// One step, by its name or its log's id
    #[arg(long, value_name = "NAME")]
    pub step: Option<String>,
    /// Only the steps that failed
    #[arg(long, conflicts_with = "step")]
    pub failed: bool,
    /// Print what logs there are
    #[arg(long)]
    pub list: bool,
    /// Go on while the run does
    #[arg(long)]
    pub follow: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Artifacts {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// Save the files of this name or id (repeat for more)
    #[arg(long, value_name = "NAME")]
    pub save: Vec<String>,
    /// Save all of them
    #[arg(long, conflicts_with = "save")]
    pub all: bool,
    /// Where they are saved
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub into: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Tests {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct CcTray {
    /// Only the pipelines of one connection
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
}
