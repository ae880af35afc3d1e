//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

use crate::rig::sabotage::Sabotage;

/// The hub between a Peoplevox warehouse and its marketplaces.
#[derive(Debug, Parser)]
#[command(
    name = "crossdock",
    version,
    about = "The hub between a Peoplevox warehouse and its marketplaces",
    after_help = "Start here:\n  crossdock demo              a whole simulated day with a console, nothing to set up\n  crossdock check             is everything ready to go live?\n  crossdock serve             the hub, from crossdock.toml\n\nExit codes: 0 well · 1 the answer is no (a check failed, sides disagree, nothing found) · 2 wrong arguments or\nconfiguration · 3 the database refused · 4 a remote could not be reached · 70 a mistake in the program"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the configuration is and how to answer.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The configuration file.
    #[arg(long, value_name = "FILE", default_value = "crossdock.toml", global = true)]
    pub(crate) config: PathBuf,
    /// Print one JSON object as the last line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The same, for commands that print a table.
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Print the table as CSV.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A simulated day: simulators, hub and console, with live traffic.
    #[command(
        after_help = "Examples:\n  crossdock demo\n  crossdock demo --speed 600 --orders 2000\n  crossdock demo --check --json --orders 500 --seed 7\n  crossdock demo --check --faults 0.05"
    )]
    Demo(DemoArgs),
    /// The hub, from its configuration.
    #[command(after_help = "Example:\n  crossdock serve --config /etc/crossdock/crossdock.toml")]
    Serve(ServeArgs),
    /// The simulators alone, for anybody's client.
    #[command(
        after_help = "Example:\n  crossdock sim --json --peoplevox-port 7301 --marketplacer-port 7302 --mirakl-port 7303\n\nThe first line of output says where they are and which credentials they take."
    )]
    Sim(SimArgs),
    /// Is everything ready to go live? Connections, limits, templates, stock, despatches, carriers, SKUs.
    #[command(
        after_help = "Examples:\n  crossdock check\n  crossdock check --json\n\nExit codes: 0 ready · 1 not ready · 4 not known, because a remote could not be reached"
    )]
    Check(ListArgs),
    /// Is the database whole? Journals, pages, counts; also beside a hub that runs.
    #[command(
        after_help = "Examples:\n  crossdock verify\n  crossdock verify --json\n\nExit codes: 0 whole · 1 broken, with the first bad line of each journal · 3 it could not be read"
    )]
    Verify(Common),
    /// One order's page: where it is, what happened, what comes next.
    #[command(after_help = "Example:\n  crossdock order JL-1042-A")]
    Order {
        /// Any id: order number, warehouse number, tracking number.
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// One true sentence about any id, also one the hub never saw.
    #[command(after_help = "Example:\n  crossdock why JL-1042-A")]
    Why {
        /// Any id.
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// What stands in front of a person, grouped by cause.
    #[command(
        after_help = "Examples:\n  crossdock exceptions\n  crossdock exceptions map-sku john-lewis JL-88213-NVY CD-10007-NVY\n  crossdock exceptions replay JL-1042-A"
    )]
    Exceptions {
        #[command(subcommand)]
        act: Option<ActCommand>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Do the marketplaces show the right stock?
    #[command(after_help = "Examples:\n  crossdock stock --only differ\n  crossdock stock release john-lewis")]
    Stock {
        #[command(subcommand)]
        act: Option<StockCommand>,
        /// Only items or SKUs that begin with this.
        #[arg(long)]
        text: Option<String>,
        /// Only these.
        #[arg(long, value_parser = ["differ", "unmapped", "waiting", "withheld"])]
        only: Option<String>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Has everything that left been confirmed?
    #[command(after_help = "Example:\n  crossdock despatch --open")]
    Despatch {
        /// Only what the channel does not know yet.
        #[arg(long)]
        open: bool,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Is anything silently standing still?
    #[command(
        after_help = "Examples:\n  crossdock connections\n  crossdock connections retry john-lewis\n  crossdock connections release-restored"
    )]
    Connections {
        #[command(subcommand)]
        act: Option<ConnectionCommand>,
        #[command(flatten)]
        list: ListArgs,
    },
    /// Whole worlds on virtual clocks, everything going wrong, judged by the remotes' own logs. `cargo xtask simulate` runs it.
    #[command(
        hide = true,
        after_help = "Examples:\n  crossdock simulate --seeds 100 --json\n  crossdock simulate --seeds 1 --from 4711 --tell\n  crossdock simulate --seeds 1 --from 4711 --only-events 3,8 --only-faults lost_reply --orders 12"
    )]
    Simulate(SimulateArgs),
    /// Measures this machine: orders, calls, stock, start, memory.
    #[command(after_help = "Examples:\n  crossdock bench --all --json\n  crossdock bench orders drain")]
    Bench(BenchArgs),
    /// The real process under steady load for a long time: does anything grow that should not?
    #[command(hide = true)]
    Soak(SoakArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ActCommand {
    /// A channel's SKU is this warehouse item.
    MapSku {
        /// The channel connection.
        connection: String,
        /// The SKU there.
        sku: String,
        /// The warehouse item code.
        item: String,
    },
    /// A carrier of the warehouse is this carrier of the channel.
    MapCarrier {
        /// The channel connection.
        connection: String,
        /// The carrier as the warehouse says it.
        carrier: String,
        /// The code in the channel's list.
        code: String,
    },
    /// Corrects the address of a held order. What is not named stays as it is; a single dash empties a part.
    #[command(
        group = ArgGroup::new("part").required(true).multiple(true),
        after_help = "Examples:\n  crossdock exceptions correct-address JL-1042-A --postcode \"LS1 4AP\"\n  crossdock exceptions correct-address JL-1042-A --company - --country Ireland"
    )]
    CorrectAddress {
        /// The order's number.
        order: String,
        /// Who receives it.
        #[arg(long = "name", group = "part")]
        recipient: Option<String>,
        /// The company.
        #[arg(long, group = "part")]
        company: Option<String>,
        /// First line.
        #[arg(long, group = "part")]
        line1: Option<String>,
        /// Second line.
        #[arg(long, group = "part")]
        line2: Option<String>,
        /// Town.
        #[arg(long, group = "part")]
        city: Option<String>,
        /// County, state or region.
        #[arg(long, group = "part")]
        region: Option<String>,
        /// Postcode.
        #[arg(long, group = "part")]
        postcode: Option<String>,
        /// Country: its English name, or its ISO code.
        #[arg(long, group = "part")]
        country: Option<String>,
    },
    /// Tries a held order again.
    Replay {
        /// The order's number.
        order: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StockCommand {
    /// Lets a push go out that the cliff guard stopped.
    Release {
        /// The channel connection.
        connection: String,
    },
    /// Sets the units that a channel never shows.
    Buffer {
        /// The channel connection.
        connection: String,
        /// Units.
        units: i64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Tries a connection again whose credentials were refused.
    Retry {
        /// The connection.
        connection: String,
    },
    /// Lets a hub write again whose database was restored; refused until everything was read again.
    ReleaseRestored,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// Run a bounded scenario as fast as possible, compare all three sides, exit 0 only when they agree.
    #[arg(long)]
    pub(crate) check: bool,
    /// How many orders customers try to place.
    #[arg(long, default_value_t = 500)]
    pub(crate) orders: u32,
    /// The seed of the world.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Every fault of the simulators strikes this often, 0.0 to 1.0.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    pub(crate) faults: f64,
    /// How much faster than life the day goes by (without --check).
    #[arg(long, default_value_t = 60.0, value_parser = factor, conflicts_with = "check")]
    pub(crate) speed: f64,
    /// Where the console listens (without --check).
    #[arg(long, default_value = "127.0.0.1:8080", conflicts_with = "check")]
    pub(crate) listen: String,
    /// Break a connector on purpose, to see the check fail.
    #[arg(long, value_enum, requires = "check")]
    pub(crate) sabotage: Option<Sabotage>,
    /// Restart the hub on its database this often during the check.
    #[arg(long, default_value_t = 0, requires = "check")]
    pub(crate) restarts: u32,
    /// The Mirakl operator takes one shipment per order.
    #[arg(long)]
    pub(crate) single_shipment: bool,
    /// Run simulators and hub as processes of their own, kill the hub (SIGKILL) this often on the way, and check.
    #[arg(long, default_value_t = 0, requires = "check", conflicts_with_all = ["sabotage", "restarts"])]
    pub(crate) kill: u32,
    /// Print one JSON object as the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// A simulated clock shared by several processes: FROM@ANCHOR*SPEED.
    #[arg(long, hide = true)]
    pub(crate) clock: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SimArgs {
    /// First print one line of JSON with addresses and credentials.
    #[arg(long)]
    pub(crate) json: bool,
    /// Port of the Peoplevox twin; 0 for any.
    #[arg(long, default_value_t = 7301)]
    pub(crate) peoplevox_port: u16,
    /// Port of the Marketplacer twin; 0 for any.
    #[arg(long, default_value_t = 7302)]
    pub(crate) marketplacer_port: u16,
    /// Port of the Mirakl twin; 0 for any.
    #[arg(long, default_value_t = 7303)]
    pub(crate) mirakl_port: u16,
    /// How many orders customers try to place over ten hours.
    #[arg(long, default_value_t = 500)]
    pub(crate) orders: u32,
    /// The seed of the world.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Every fault strikes this often, 0.0 to 1.0.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    pub(crate) faults: f64,
    /// How much faster than life the simulated clock goes.
    #[arg(long, default_value_t = 1.0, value_parser = factor)]
    pub(crate) speed: f64,
    /// The Mirakl operator takes one shipment per order.
    #[arg(long)]
    pub(crate) single_shipment: bool,
    /// Switch published limits off.
    #[arg(long)]
    pub(crate) unlimited: bool,
    /// A simulated clock shared by several processes: FROM@ANCHOR*SPEED.
    #[arg(long, hide = true)]
    pub(crate) clock: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SoakArgs {
    /// How long.
    #[arg(long, default_value_t = 10.0)]
    pub(crate) minutes: f64,
    /// Orders that customers place each second. A busy seller's peak hour has one.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) orders_per_second: f64,
    /// Every fault of the simulators strikes this often, 0.0 to 1.0.
    #[arg(long, default_value_t = 0.01)]
    pub(crate) faults: f64,
    /// The seed of the world.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Print one JSON object as the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct BenchArgs {
    /// orders, drain, stock-event, feed, start, idle; all when none is named.
    pub(crate) which: Vec<String>,
    /// All of them.
    #[arg(long, conflicts_with = "which")]
    pub(crate) all: bool,
    /// Print one JSON object as the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct SimulateArgs {
    /// How many seeds.
    #[arg(long, default_value_t = 20)]
    pub(crate) seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 1)]
    pub(crate) from: u64,
    /// Simulated days of each before everything is mended.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(i64).range(1..=30))]
    pub(crate) days: i64,
    /// Seeds at a time; 0: one for each core.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Only these events of the plan, by their place; `none` for no events.
    #[arg(long, value_name = "LIST")]
    pub(crate) only_events: Option<String>,
    /// Only these faults; `none` for no faults.
    #[arg(long, value_name = "LIST")]
    pub(crate) only_faults: Option<String>,
    /// At most so many orders.
    #[arg(long)]
    pub(crate) orders: Option<u32>,
    /// Report failing seeds as they are, without looking for a shorter story.
    #[arg(long)]
    pub(crate) no_shrink: bool,
    /// Print everything that happens, on the second stream.
    #[arg(long)]
    pub(crate) tell: bool,
    /// Instead of seeds: a small world, told again with a crash at each of its commits and calls, and at sampled pairs.
    #[arg(long)]
    pub(crate) crash_all: bool,
    /// Run the seeds that failed once, instead of a range.
    #[arg(long)]
    pub(crate) regressions: bool,
    /// Print one JSON object as the last line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A share of 1.
fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "write a number from 0 to 1, for example 0.05".to_owned())?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err("write a number from 0 to 1, for example 0.05".to_owned())
    }
}

/// A factor by which time goes faster.
fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor > 0.0 => Ok(factor),
        _ => Err("write a number above 0, for example 60".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        match Cli::try_parse_from(line.split(' ')) {
            Ok(_) => panic!("`{line}` was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_that_contradict_each_other_are_refused_with_their_names() {
        for (line, named) in [
            ("crossdock check --csv --json", "--json"),
            ("crossdock order JL-1 --csv", "--csv"),
            ("crossdock why JL-1 --csv", "--csv"),
            ("crossdock verify --csv", "--csv"),
            ("crossdock serve --csv", "--csv"),
            ("crossdock exceptions replay JL-1 --csv", "--csv"),
            ("crossdock stock --only wrong", "withheld"),
            ("crossdock demo --check --speed 9", "--check"),
            ("crossdock demo --check --listen 127.0.0.1:1", "--check"),
            ("crossdock demo --restarts 2", "--check"),
            ("crossdock demo --sabotage drop-line", "--check"),
            ("crossdock demo --faults 5", "0 to 1"),
            ("crossdock sim --speed 0", "above 0"),
            ("crossdock bench --all orders", "--all"),
        ] {
            let text = refused(line);
            assert!(text.contains(named), "{line}: {text}");
        }
    }

    #[test]
    fn tables_are_csv_and_everything_is_json() {
        for line in [
            "crossdock check --csv",
            "crossdock exceptions --csv",
            "crossdock stock --csv --only differ",
            "crossdock despatch --open --csv",
            "crossdock connections --csv",
            "crossdock exceptions replay JL-1 --json",
            "crossdock order JL-1 --json",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }
}
