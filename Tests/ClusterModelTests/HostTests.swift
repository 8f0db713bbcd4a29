import ClusterModel
import Testing

@Suite struct HostTests {
    @Test func capacity() {
        let host = Host(id: "h", cpuCores: 24, cpuSpeed: 0.5, memoryBytes: 1000, reservedMemoryBytes: 300)
        #expect(host.capacityCores == 12)
        #expect(host.capacityMemoryBytes == 700)
    }

    static let line = PowerModel(idleWatts: 100, peakWatts: 300, offWatts: 5)
    /// SPECpower of an HP ProLiant ML110 G5, as published for consolidation studies.
    static let curve = PowerModel(curveWatts: [93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135])

    static let watts: [(PowerModel, Double, Double)] = [
        (line, 0, 100), (line, 0.25, 150), (line, 1, 300), (line, -1, 100), (line, 1.5, 300),
        (curve, 0, 93.7), (curve, 0.1, 97), (curve, 0.05, 95.35), (curve, 0.45, 113), (curve, 0.95, 134),
        (curve, 1, 135), (curve, 2, 135),
    ]

    @Test(arguments: watts) func wattsAtLoad(power: PowerModel, fraction: Double, expected: Double) {
        #expect(abs(power.watts(atCPUFraction: fraction) - expected) < 1e-9)
    }
}

@Suite struct SelectorTests {
    static let cases: [(Selector, Bool)] = [
        (.ids(ids: ["a", "b"]), true), (.ids(ids: ["b"]), false), (.ids(ids: []), false),
        (.label(label: ["x": "1"]), true), (.label(label: ["x": "1", "y": "2"]), true),
        (.label(label: ["x": "2"]), false), (.label(label: ["z": "1"]), false),
        (.label(label: ["x": "1", "z": "1"]), false), (.label(label: [:]), false),
    ]

    @Test(arguments: cases) func selects(selector: Selector, expected: Bool) {
        #expect(selector.selects(id: "a", labels: ["x": "1", "y": "2"]) == expected)
    }

    static let endpoints: [(String, Link.Endpoint?)] = [
        ("site:paris", .site(name: "paris")), ("rack:r1", .rack(name: "r1")), ("site:a:b", .site(name: "a:b")),
        ("site:", nil), ("paris", nil), ("room:x", nil), ("", nil), (":x", nil),
    ]

    @Test(arguments: endpoints) func readsEndpoints(text: String, expected: Link.Endpoint?) {
        #expect(Link.Endpoint(text: text) == expected)
        if let expected { #expect(expected.text == text) }
    }
}
