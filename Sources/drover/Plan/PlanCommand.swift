import ArgumentParser
import ClusterModel

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Makes a plan: which VMs move where, in which order, and why.",
        discussion: """
            Planning never acts. A plan is a document: read it, check it, approve it, apply it.

              drover plan balance --cluster lab.cluster.json
              drover plan power-save --store lab.sqlite --policy nightly-consolidation -o tonight.json
              drover plan evacuate h03 h04 --cluster lab.cluster.json --format html -o maintenance.html
              drover plan evacuate h03 --from 02:00 --by 06:00 --store lab.sqlite
              drover plan rolling --hosts all --reboot 10m --window 22:00-06:00 --store lab.sqlite
              drover plan relocate --from site:paris --to site:lyon --cluster lab.cluster.json
              drover plan place before.cluster.json --cluster lab.cluster.json

            Without -o the plan is printed, as text unless --format says otherwise. With -o it is written there, as \
            JSON unless --format or the file's ending (.html, .txt) says otherwise, and a summary is printed. A plan \
            made from a store is also kept in the store. Every plan has passed the independent checker before it is shown.

            Exit status 2: the goal cannot be reached in full. What could be planned is written all the same, and the \
            refusals say what stands in the way.
            """,
        subcommands: [Balance.self, PowerSave.self, Evacuate.self, Rolling.self, Relocate.self, Place.self])

    struct Balance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "balance", abstract: "Spreads the load evenly over the hosts that are on.",
            discussion: """
                Overloaded hosts are relieved and broken rules mended first; after that a VM moves only when that \
                lowers the imbalance by enough to be worth it.

                  drover plan balance --cluster lab.cluster.json --set maxMoves=20
                """)

        @OptionGroup var options: PlanOptions

        func run() async throws { try options.plan { _ in .balance } }
    }

    struct PowerSave: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "power-save",
            abstract: "Packs VMs onto the hosts that use the fewest watts; empties the others.",
            discussion: """
                Hosts that are empty at the end are switched off, never below the policy's spareHosts. Sleeping hosts \
                are woken when load or spare capacity needs them.

                  drover plan power-save --store lab.sqlite --set spareHosts=1
                """)

        @OptionGroup var options: PlanOptions

        func run() async throws { try options.plan { _ in .powerSave } }
    }

    struct Evacuate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "evacuate", abstract: "Empties hosts for maintenance, within a window if one is named.",
            discussion: """
                  drover plan evacuate h03 --cluster lab.cluster.json
                  drover plan evacuate h03 h04 --store lab.sqlite --policy maintenance-evacuation

                With --by it answers whether the hosts are empty in time: yes with the schedule and what there is to spare, \
                at the policy's schedule.confidence; or no with the VMs and links that make it late, the latest start that \
                would do, and what would make it a yes, each verified by planning with it.

                  drover plan evacuate h07 h08 --from 02:00 --by 06:00 --cluster lab.cluster.json
                  drover plan evacuate h07 --by 06:00 --timezone Europe/Paris --store lab.sqlite
                  drover plan evacuate h07 --from 2026-11-25T02:00:00+01:00 --by 2026-11-25T06:00:00+01:00 --store lab.sqlite

                Exit status 0 is a yes. 2 is a no: the plan holds what can be done in time.
                """)

        @Argument(help: ArgumentHelp("The hosts to empty.", valueName: "host"))
        var hosts: [String]

        @OptionGroup(title: "Window") var window: WindowOptions
        @OptionGroup var options: PlanOptions

        func run() async throws {
            var seen: Set<String> = []
            let hosts = hosts.filter { seen.insert($0).inserted }
            try options.plan(within: window) { _ in .evacuate(hosts: hosts) }
        }
    }

    struct Place: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "place", abstract: "Brings VMs to given hosts, for example back to where they were.",
            discussion: """
                The file is one of three: an object of VM and host, {"vm7": "h03"}, in JSON or YAML; a cluster \
                document, whose placement is to be reached; or a plan, which is to be taken back.

                  drover plan place before-maintenance.cluster.json --cluster lab.cluster.json
                """)

        @Argument(help: ArgumentHelp("Where the VMs shall be.", valueName: "file"), completion: .file())
        var file: String

        @OptionGroup var options: PlanOptions

        func run() async throws {
            try options.plan { cluster in try PlacementTarget.goal(from: file, on: cluster) }
        }
    }
}
