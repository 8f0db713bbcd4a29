import ArgumentParser
import ClusterModel
import Planning

extension PlanCommand {
    struct Rolling: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rolling",
            abstract: "Maintains hosts in turn: empties, reboots and refills them, night by night.",
            discussion: """
                Each host is emptied, put into maintenance, maintained for as long as --reboot says, and taken into service \
                again. VMs go to hosts that are done, where these have room, so that each moves about once. Spare capacity \
                and rules hold throughout. Where these allow, the next hosts are emptied while the last ones reboot; they go \
                down when those are back. With --window only what is over by the end of a night, at the policy's \
                schedule.confidence, is done in that night; the rest goes to the next.

                  drover plan rolling --hosts h01,h02,h03 --reboot 10m --cluster lab.cluster.json
                  drover plan rolling --hosts all --reboot 10m --window 22:00-06:00 --timezone Europe/Paris --store lab.sqlite
                  drover plan rolling --hosts all --reboot 15m --parallel 4 --respect racks --policy rolling-maintenance \
                --cluster lab.cluster.json

                With --parallel up to so many hosts are down at once; with --respect racks all of them in one rack. The \
                policy key rolling.restorePlacement brings VMs back to where they were: twice the moves.

                A maintenance goes no further than a host that does not come back. Exit status 2: some hosts cannot be \
                maintained, and the refusals say why.
                """)

        @Option(
            name: .long,
            help: ArgumentHelp("The hosts, or all: every host that is on.", valueName: "host,host|all"))
        var hosts: String

        @Option(
            name: .long,
            help: ArgumentHelp(
                "How long a host is away once it is empty, for example 90s, 10m or 1h.", valueName: "duration"))
        var reboot: DurationArgument

        @Option(
            name: .long,
            help: ArgumentHelp("The hours of the night, for example 22:00-06:00.", valueName: "time-time"))
        var window: NightArgument?

        @Option(name: .long, help: ArgumentHelp("Nights that may be used.", valueName: "count"))
        var nights: Int = 60

        @Option(name: .long, help: ArgumentHelp("Hosts that may be down at once.", valueName: "count"))
        var parallel: Int = 1

        @Option(name: .long, help: "What hosts that are down at once have to have in common.")
        var respect: Respect?

        @OptionGroup(title: "Window") var zone: ZoneOption
        @OptionGroup var options: PlanOptions

        enum Respect: String, ExpressibleByArgument, CaseIterable {
            case racks
        }

        func validate() throws {
            guard (1...10_000).contains(parallel) else {
                throw ValidationError("--parallel \(parallel): from 1 to 10000 hosts")
            }
            guard (1...1000).contains(nights) else { throw ValidationError("--nights \(nights): from 1 to 1000") }
        }

        func run() async throws {
            let policy = try options.policy.load()
            let loaded = try options.source.load(policy: policy, at: options.at?.timestamp)
            let clock = try zone.clock()
            let windows = window.map { $0.windows(from: loaded.moment, count: nights, clock) } ?? []
            let request = RollingRequest(
                hosts: try named(in: loaded.cluster), rebootSeconds: reboot.seconds, windows: windows,
                parallel: parallel,
                respectsRacks: respect == .racks)
            var plan = try RollingPlanner(policy: policy).plan(
                cluster: loaded.cluster, request: request, startsAt: loaded.moment,
                createdAt: options.at?.timestamp ?? WallClock.now())
            if let figures = RollingFigures(of: plan), !figures.nights.isEmpty {
                let shown = figures.shown(in: clock.zone) { clock.text($0) }
                plan.extensions = plan.extensions.setting(RollingFigures.key, shown.json)
            }
            try options.finish(&plan, loaded, policy)
        }

        private func named(in cluster: Cluster) throws -> [String] {
            if hosts == "all" { return cluster.hosts.filter { $0.state == .on }.map(\.id) }
            var seen: Set<String> = []
            let names = hosts.split(separator: ",").map { String($0.filter { $0 != " " }) }
            let wanted = names.filter { !$0.isEmpty && seen.insert($0).inserted }
            guard !wanted.isEmpty else { throw Failure("--hosts: names no host; allowed: h01,h02,... or all") }
            return wanted
        }
    }

    struct Relocate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "relocate", abstract: "Moves all VMs of one site to another.",
            discussion: """
                VMs cross the links between the sites at the rate that these have. A VM whose datastore does not reach the \
                other site stays, with the reason; a local disk is copied along and counts in time and in room at both \
                ends. VMs of one group (an affinity rule, or the same label app) move one behind the other, so that they \
                are apart for as short as possible.

                  drover plan relocate --from site:paris --to site:lyon --cluster lab.cluster.json
                  drover plan relocate --from site:paris --to site:lyon --policy relocation --store lab.sqlite -o move.json
                """)

        @Option(name: .long, help: ArgumentHelp("The site that is to be empty.", valueName: "site:NAME"))
        var from: SiteArgument

        @Option(name: .long, help: ArgumentHelp("The site that takes the VMs.", valueName: "site:NAME"))
        var to: SiteArgument

        @OptionGroup var options: PlanOptions

        func validate() throws {
            guard from.name != to.name else {
                throw ValidationError("--from and --to name the same site, \(from.name)")
            }
        }

        func run() async throws {
            try options.plan { _ in .relocate(from: from.name, to: to.name) }
        }
    }
}
