import ClusterModel
import Reports
import TestSupport
import Testing

/// What hosts draw, by readings where there are any.
@Suite struct PowerReportTests {
    private var report: PowerReport {
        let power = PowerModel(idleWatts: 100, peakWatts: 200)
        func host(_ id: String, _ state: Host.State = .on, power: PowerModel?) -> Host {
            Host(id: id, state: state, cpuCores: 10, memoryBytes: 1 << 30, power: power)
        }
        let cluster = Cluster(
            name: "lab", takenAt: Timestamp(secondsSinceEpoch: 1_795_305_600),
            hosts: [
                host("h1", power: power), host("h2", power: power), host("h3", power: power), host("h4", power: power),
                host("h5", .off, power: PowerModel(idleWatts: 100, peakWatts: 200, offWatts: 5)),
                host("h6", power: nil),
            ],
            vms: ["h1", "h2", "h3", "h4"].map { host in
                VirtualMachine(
                    id: "on-" + host, host: host, vcpus: 5, memoryBytes: 1 << 20,
                    demand: Demand(cpuCores: 5, memoryBytes: 1_048_576))
            })
        return PowerReport(
            cluster: cluster,
            readings: [
                "h1": .init(watts: 131.4, source: .redfish), "h2": .init(watts: 142, source: .ipmi),
                "h3": .init(watts: 87.6, source: .rapl),
            ])
    }

    @Test func text() {
        #expect(
            report.text() == """
                Power of cluster lab as of \(Timestamp(secondsSinceEpoch: 1_795_305_600))
                516 W in all; 3 of 6 hosts read, the others by their model

                  host  state  draws  by       model
                  ----  -----  -----  -------  -----
                  h1    on     131 W  Redfish  150 W
                  h2    on     142 W  IPMI     150 W
                  h3    on      88 W  RAPL     150 W
                  h4    on     150 W  model    150 W
                  h5    off      5 W  model      5 W
                  h6    on         -  nothing      -

                """)
    }

    @Test func json() {
        #expect(report.json().contains("\"source\": \"RAPL\""))
        #expect(report.json().contains("\"watts\": 516"))
    }
}
