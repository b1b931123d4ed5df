//! The program: reads the command line, starts the log, binds the port, and runs the server until a signal.
//!
//! The only code that prints and that chooses exit codes: 0 after a clean stop, 2 for errors that the operator must
//! correct, 1 for a command that failed.

use crate::AdminDoor;
use crate::admin::client::{self, ClientError};
use crate::admin::command::quote_word;
use crate::admin::login::{Logins, random_secret};
use crate::assets;
use crate::config::{Config, Flags};
use crate::game::Games;
use crate::logging::{self, LogFeed};
use crate::store;
use crate::store::backup::backup;
use crate::tls::Certificates;
use clap::{Args, Parser, Subcommand};
use std::fmt::Display;
use std::future::Future;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// For errors that the operator must correct, and for those that clap finds.
const EXIT_USAGE: u8 = 2;

/// Perigee's game server: serves the game, its page and the admin console on one port.
///
/// The configuration consists of the built-in defaults, then the config file, then the environment, then flags.
/// RUST_LOG sets the log level (error, warn, info, debug; default info).
#[derive(Parser, Debug)]
#[command(version, about)]
struct Cli {
    #[command(flatten)]
    flags: Flags,

    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand, Debug)]
enum Task {
    /// Check a config file, print the configuration in effect, and exit
    CheckConfig {
        /// The file
        file: PathBuf,
    },
    /// Send one command to a running server, print its answer, and exit
    Admin(AdminArgs),
    /// Copy the store to a file, even while a server uses it, check the copy, and exit; the flags before `backup` name
    /// the store
    Backup {
        /// The copy; an existing file is not overwritten
        file: PathBuf,
    },
}

#[derive(Args, Debug)]
struct AdminArgs {
    /// The server's admin socket
    #[arg(long, env = "PERIGEE_ADMIN_URL", default_value = "ws://127.0.0.1:8080/admin/ws")]
    url: String,

    /// The admin token
    #[arg(long, env = "PERIGEE_ADMIN_TOKEN", hide_env_values = true)]
    token: String,

    /// For wss: the certificate to trust, PEM
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,

    /// The command: a whole line as one argument, or its words
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

/// An error in one sentence, and the exit code.
struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    fn usage(why: impl Display) -> Self {
        Self { sentence: why.to_string(), code: EXIT_USAGE }
    }
}

/// A server's whole program, for `fn main() -> ExitCode`: `perigee_server::main!(MyGame, AnotherGame)`. A room whose
/// configuration names no game plays the first.
#[macro_export]
macro_rules! main {
    ($($game:ty),+ $(,)?) => {{
        const GAMES: $crate::Games = $crate::Games::new(&[$($crate::Game::of::<$game>()),+]);
        $crate::program::main(GAMES)
    }};
}

/// Runs the program with these games to its end, as the command line says; [`main!`](crate::main) lists the games.
#[must_use]
pub fn main(games: Games) -> ExitCode {
    let cli = Cli::parse();
    let result = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let result = runtime.block_on(run(games, &cli));
            // A system call that hangs must not keep the process running.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Failure::usage(format!("cannot start: {error}"))),
    };
    let code = match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { sentence, code }) => {
            logging::stderr().put(format!("perigee-server: {sentence}\n").as_bytes());
            ExitCode::from(code)
        }
    };
    // Unread output must not keep the process running either.
    let _ = logging::finish();
    code
}

async fn run(games: Games, cli: &Cli) -> Result<(), Failure> {
    match &cli.task {
        Some(Task::CheckConfig { file }) => check_config(games, file),
        Some(Task::Admin(args)) => command(args).await,
        Some(Task::Backup { file }) => back_up(games, &cli.flags, file),
        None => serve(games, &cli.flags).await,
    }
}

/// For a command: waits until its output is read, and ignores a reader that is gone.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

fn check_config(games: Games, file: &Path) -> Result<(), Failure> {
    let config = Config::read(games, file).map_err(Failure::usage)?;
    print(&format!("{}: ok\n{}", file.display(), config.summary()));
    Ok(())
}

fn back_up(games: Games, flags: &Flags, copy: &Path) -> Result<(), Failure> {
    let config = Config::load(games, flags).map_err(Failure::usage)?;
    let bytes = backup(config.store.file(), copy).map_err(|error| Failure {
        sentence: error.to_string(),
        code: if error.is_usage() { EXIT_USAGE } else { 1 },
    })?;
    print(&format!("{}: {bytes} bytes, checked", copy.display()));
    Ok(())
}

/// A single argument is a whole line; several are its words, as the shell has split them.
fn line(arguments: &[String]) -> String {
    match arguments {
        [line] => line.clone(),
        words => words.iter().map(|word| quote_word(word)).collect::<Vec<_>>().join(" "),
    }
}

async fn command(args: &AdminArgs) -> Result<(), Failure> {
    let request = client::Request {
        url: &args.url,
        token: &args.token,
        line: &line(&args.command),
        cert: args.cert.as_deref(),
    };
    let text = client::run(&request).await.map_err(|error| {
        let is_usage = matches!(error, ClientError::Url(_) | ClientError::Tls(_));
        Failure { sentence: error.to_string(), code: if is_usage { EXIT_USAGE } else { 1 } }
    })?;
    print(&text);
    Ok(())
}

async fn serve(games: Games, flags: &Flags) -> Result<(), Failure> {
    let log = LogFeed::default();
    logging::start(&log);
    let config = Config::load(games, flags).map_err(Failure::usage)?;
    assets::check(config.http.web_dir.as_deref()).map_err(Failure::usage)?;
    // The server loads its own later; this reports a bad file before anything else happens.
    Certificates::load(&config.tls).map_err(Failure::usage)?;
    store::probe(&config.store).map_err(Failure::usage)?;
    // Before the port is open: from then on a signal to stop may come.
    let shutdown = signals().map_err(|error| Failure::usage(format!("signals cannot be heard: {error}")))?;
    let listener = bind(config.bind).await?;
    let address = listener.local_addr().unwrap_or(config.bind);
    warn_if_open(&config, address);
    let admin = config.admin.enabled.then(|| Welcome::new(&config, log));
    let greeting = greeting(&config, address, admin.as_ref()) + "\n";
    if let Some(welcome) = &admin {
        give_links(welcome.door.logins.clone(), format!("{}/admin", base(&config, address)));
    }
    let door = admin.map(|welcome| welcome.door);
    // The server waits for this only once it serves: whoever reads the greeting may rely on it, and a server that could not
    // start has printed none.
    let shutdown = async move {
        logging::stdout().put(greeting.as_bytes());
        shutdown.await;
    };
    crate::run(games, config, listener, door, shutdown).await.map_err(Failure::usage)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program uses it: stop that one, or choose another with --bind IP:PORT"
            }
            ErrorKind::AddrNotAvailable => {
                "this machine does not have that address: choose another with --bind IP:PORT"
            }
            ErrorKind::PermissionDenied => {
                "this user may not use that port: choose one above 1023 with --bind IP:PORT"
            }
            _ => return Failure::usage(format!("cannot listen on {address}: {error}")),
        };
        Failure::usage(format!("cannot listen on {address}: {advice}"))
    })
}

/// Access to the admin console, and what is printed about it for the operator.
struct Welcome {
    door: AdminDoor,
    code: String,
    /// The token, if the server created it.
    token: Option<String>,
}

impl Welcome {
    fn new(config: &Config, log: LogFeed) -> Self {
        let made = config.admin.token.is_none().then(random_secret);
        let token = config.admin.token.clone().or_else(|| made.clone()).unwrap_or_default();
        let logins = Logins::new(token);
        // The console's clock starts with the server, which is now.
        let code = logins.issue_code(Duration::ZERO);
        Self { door: AdminDoor { logins, log }, code, token: made }
    }
}

fn greeting(config: &Config, address: SocketAddr, admin: Option<&Welcome>) -> String {
    let base = base(config, address);
    let mut lines = vec![format!("listening on {address}"), format!("game    {base}/")];
    if let Some(Welcome { code, token, .. }) = admin {
        lines.push(format!("admin   {base}/admin"));
        lines.push(login_line(&format!("{base}/admin"), code));
        lines.extend(token.iter().map(|token| {
            format!(
                "token   {token}   (made for this run; --admin-token or PERIGEE_ADMIN_TOKEN sets your own)"
            )
        }));
    }
    lines.join("\n")
}

fn base(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.tls.is_on() { "https" } else { "http" };
    format!("{scheme}://{}", reachable(address))
}

fn login_line(console: &str, code: &str) -> String {
    format!("login   {console}#code={code}   (works once, for 10 minutes)")
}

/// Prints another login link whenever the process receives SIGUSR1: a way in for an operator on the machine that remote
/// clients cannot block.
#[cfg(unix)]
fn give_links(logins: Logins, console: String) {
    use tokio::signal::unix::{SignalKind, signal};
    let begun = Instant::now();
    let Ok(mut asked) = signal(SignalKind::user_defined1()) else { return };
    tokio::spawn(async move {
        while asked.recv().await.is_some() {
            let code = logins.issue_code(begun.elapsed());
            logging::stdout().put(format!("{}\n", login_line(&console, &code)).as_bytes());
            tracing::info!("a login link was asked for on this machine, and printed");
        }
    });
}

/// Other systems have no such signal.
#[cfg(not(unix))]
fn give_links(_: Logins, _: String) {}

/// An unspecified address ("every address of this machine") cannot be used in a link.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn warn_if_open(config: &Config, address: SocketAddr) {
    if !address.ip().is_loopback() && !config.tls.is_on() && config.admin.enabled {
        tracing::warn!(
            "the admin token crosses the network unencrypted: use TLS (--tls-cert, --tls-key) or a TLS proxy"
        );
    }
}

/// Ready when the operator or the system asks the server to stop, or its terminal is closed.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = if is_hangup_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
    Ok(async move {
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hung_up => {}
        }
    })
}

/// Whether SIGHUP is ignored, as with `nohup`: then the server is to outlive its terminal. False if the system does not
/// say.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    /// The bit of signal 1 (SIGHUP) in the mask.
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & HANGUP != 0)
}

/// Ready when the operator asks the server to stop.
#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn config() -> Config {
        Config::from_text(crate::game::GAMES, None).unwrap()
    }

    #[test]
    fn the_command_line_is_sound_and_names_its_environment() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        let help = command.render_long_help().to_string();
        for name in [
            "BIND",
            "CONFIG",
            "ADMIN_TOKEN",
            "TLS_CERT",
            "TLS_KEY",
            "DEV_TLS",
            "ALLOW_ORIGIN",
            "MAX_CONNECTIONS",
            "STORE",
            "MQTT_URL",
            "MQTT_PASSWORD",
        ] {
            assert!(help.contains(&format!("PERIGEE_{name}")), "{name}\n{help}");
        }
    }

    #[test]
    fn an_admin_command_is_a_line_or_its_words() {
        let cli = Cli::try_parse_from(["x", "admin", "--token", "t", "kick", "Ann"]).unwrap();
        let Some(Task::Admin(args)) = cli.task else { panic!("not admin") };
        assert_eq!(line(&args.command), "kick Ann");
        assert_eq!(line(&["kick".to_owned(), "Ann Lee".to_owned()]), "kick \"Ann Lee\"");
        assert_eq!(line(&["kick \"Ann Lee\"".to_owned()]), "kick \"Ann Lee\"");
        assert!(Cli::try_parse_from(["x", "admin", "--token", "t"]).is_err());
    }

    #[test]
    fn links_can_be_opened_and_a_made_token_is_told() {
        let every: SocketAddr = "0.0.0.0:9".parse().unwrap();
        let welcome = Welcome::new(&config(), LogFeed::default());
        let text = greeting(&config(), every, Some(&welcome));
        assert!(text.starts_with("listening on 0.0.0.0:9\ngame    http://127.0.0.1:9/\n"), "{text}");
        assert!(text.contains(&format!("login   http://127.0.0.1:9/admin#code={}", welcome.code)), "{text}");
        assert!(text.contains("token   "), "{text}");
        assert!(!greeting(&config(), every, None).contains("admin"));
    }

    #[test]
    fn a_configured_token_is_not_printed() {
        let mut config = config();
        config.admin.token = Some("chosen-token".to_owned());
        let welcome = Welcome::new(&config, LogFeed::default());
        assert!(!greeting(&config, config.bind, Some(&welcome)).contains("token "));
    }

    #[tokio::test]
    async fn a_port_in_use_is_told_with_what_to_do() {
        let first = bind("127.0.0.1:0".parse().unwrap()).await.map_err(|failure| failure.sentence).unwrap();
        let failure = bind(first.local_addr().unwrap()).await.unwrap_err();
        assert_eq!(failure.code, EXIT_USAGE);
        assert!(failure.sentence.contains("--bind"), "{}", failure.sentence);
    }
}
