import ArgumentParser
import Clocks
import ClusterModel
import Execution
import HostPower
import LibvirtDriver
import Store

struct PowerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "power",
        abstract: "Asks for and switches the power of hosts, and tries whether a host comes back.",
        discussion: """
            How each host is switched stands in the hosts file (powerControl), by whom in a file of accounts that only \
            its owner can read:

              accounts:
                - name: lab
                  user: admin
                  password: "secret"

              drover power status --hosts hosts.yaml --accounts accounts.yaml
              drover power test h03 --hosts hosts.yaml --accounts accounts.yaml --store lab.sqlite

            A host is switched off only when it is in maintenance and its hypervisor runs no VM.
            """,
        subcommands: [PowerStatus.self, PowerOn.self, PowerOff.self, PowerTest.self])
}

/// What all power commands need.
struct PowerOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The hosts and how they are reached (drover.hosts/1).", valueName: "file"))
    var hosts: String

    @Option(name: .long, help: ArgumentHelp("The accounts of their power controllers.", valueName: "file"))
    var accounts: String

    func platform() throws -> LibvirtPlatform { try LibvirtPlatform(hostsFile: hosts) }
}

struct PowerStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says which hosts have power, and what they draw where that can be read.")

    @OptionGroup var options: PowerOptions

    func run() async throws {
        let power = try options.platform().power(accounts: options.accounts)
        var failed = false
        for host in power.hosts {
            do {
                let state = try await power.state(of: host)
                let watts = try await power.watts(of: host).map { "\(Int($0.rounded())) W" } ?? "no reading"
                try Terminal.output("\(host)  \(state.rawValue)  \(watts)\n")
            } catch let error as DriverError {
                failed = true
                try Terminal.output("\(host)  unknown\n")
                Terminal.note("\(error)")
            }
        }
        if failed { throw ExitCode.failure }
    }
}

struct PowerOn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "on", abstract: "Switches a host on.")

    @Argument(help: "The host.") var host: String
    @OptionGroup var options: PowerOptions

    func run() async throws {
        try await options.platform().power(accounts: options.accounts).switchOn(host)
        try Terminal.output("\(host): asked to come on\n")
    }
}

struct PowerOff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "off", abstract: "Switches a host off that is empty and in maintenance.")

    @Argument(help: "The host.") var host: String
    @OptionGroup var options: PowerOptions
    @OptionGroup(title: "Store") var store: StoreOptions

    func run() async throws {
        let platform = try options.platform()
        let power = try platform.power(accounts: options.accounts)
        try await MaintenanceCheck(platform: platform, store: store).demand(host)
        try await power.switchOff(host)
        try Terminal.output("\(host): asked to go down\n")
    }
}

struct PowerTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Switches a host off and on again, and says how long each took.",
        discussion: """
            The host has to be empty, and in maintenance or out of use because it did not come back from a run. What \
            was measured becomes the host's bootSeconds and shutdownSeconds in the store's inventory, from which plans \
            take them. A host that was out of use and comes back is in use again.
            """)

    @Argument(help: "The host.") var host: String
    @OptionGroup var options: PowerOptions
    @OptionGroup(title: "Store") var store: StoreOptions

    func run() async throws {
        let platform = try options.platform()
        let power = try platform.power(accounts: options.accounts)
        try await MaintenanceCheck(platform: platform, store: store).demand(host, orOutOfUse: true)
        let probe = try platform.probe()
        let trial = PowerTrial(
            power: power, isReady: { await probe.answers($0) }, clock: { MonotonicClock.seconds() },
            wait: { seconds in
                // Nobody cancels the command; a sleep that ends early only looks sooner.
                do { try await Task.sleep(for: .seconds(seconds)) } catch {}
            })
        let result = try await trial.run(host) { Terminal.note($0) }
        let (down, up) = (Int(result.shutdownSeconds.rounded(.up)), Int(result.bootSeconds.rounded(.up)))
        try Terminal.output("\(host): off after \(down) s, back after \(up) s\n")
        try keep(result, platform)
    }

    private func keep(_ result: PowerTrial.Result, _ platform: LibvirtPlatform) throws {
        let stored = try store.cluster(in: try store.open())
        let kept = try stored.change(host) { host in
            host.shutdownSeconds = result.shutdownSeconds.rounded(.up)
            host.bootSeconds = result.bootSeconds.rounded(.up)
        }
        if kept?.quarantine != nil {
            try platform.readmit(host, in: stored)
            Terminal.note("\(host): in use again")
        }
    }
}

/// That a host may be switched off by hand: in maintenance, by Drover's own record, and empty, by its hypervisor's
/// word.
struct MaintenanceCheck {
    let platform: LibvirtPlatform
    let store: StoreOptions

    /// - Parameter orOutOfUse: whether one that did not come back from a run will do, too.
    func demand(_ host: String, orOutOfUse: Bool = false) async throws {
        let stored = try store.cluster(in: try store.open())
        let driver = try platform.driver(of: platform.hosts.name, in: stored, accounts: nil)
        let inventory = try await driver.inventory()
        guard let found = inventory.hosts.first(where: { $0.id == host }) else {
            throw Failure("the hosts file has no host '\(host)'")
        }
        let isOutOfUse = try stored.inventory()?.hosts.contains { $0.id == host && $0.quarantine != nil } == true
        guard found.state == .maintenance || orOutOfUse && isOutOfUse else {
            throw Failure(
                "host \(host) is \(found.state.rawValue): only one in maintenance is switched off by hand; "
                    + "drover plan evacuate \(host) empties it and puts it there")
        }
        var held = inventory.vms.filter { $0.host == host && $0.state != .stopped }.map(\.id)
        if isOutOfUse {
            // The driver does not ask a host that it switched off; somebody may have switched it on since.
            let seen = try await platform.inventory(previous: nil, store: nil, intervalSeconds: 0.1).cluster
            held += seen.vms.filter { $0.host == host && $0.state != .stopped }.map(\.id)
        }
        guard held.isEmpty else {
            throw Failure("host \(host) holds \(held.count) VMs, \(held[0]) among them: it is not switched off")
        }
    }
}
