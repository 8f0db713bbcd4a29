import ClusterModel
import Documents
import Foundation
import Randomness
import TestSupport
import Testing

/// Any bytes are either a value or at least one error; nothing traps, nothing hangs.
@Suite struct FuzzTests {
    /// Reads bytes in every way there is; the number of readings that ended with a value.
    static func readAll(_ bytes: [UInt8], yaml: Bool) -> Int {
        var values = 0
        func attempt(_ body: () throws -> Void) {
            do {
                try body()
                values += 1
            } catch let errors as DocumentErrors {
                #expect(!errors.issues.isEmpty)
                #expect(errors.description.utf8.count < 2_000_000)
            } catch {
                Issue.record("another error: \(error)")
            }
        }
        let name = yaml ? "f.yaml" : "f.json"
        attempt { _ = try ClusterDocument.read(bytes, name: name) }
        attempt { _ = try PlanDocument.read(bytes, name: name) }
        attempt { _ = try PolicyDocument.read(bytes, name: name) }
        attempt { _ = try DocumentValidation.validate(bytes, name: name) }
        if !yaml { attempt { _ = try JSONText.read(bytes, name: name) } }
        return values
    }

    static let interesting: [[UInt8]] = [
        "-1", "1e999", "0", "null", "true", "[]", "{}", "\"\"", "9223372036854775808", "1e308", "\"\\ud800\"", "NaN",
        "\u{0}", "\"h01\"", ",", "}", "]", "{", "[", ":", "\"", "\\", "- ", "\n", "&a ", "*a ", "? ", "!!x ", "|", "%",
    ].map { Array($0.utf8) }

    static func mutated(_ original: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { return bytes }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            let length = min(Int.random(in: 0...12, using: &generator), bytes.count - place)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.removeSubrange(place..<(place + length))
            case 2: bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
            case 3: bytes = Array(bytes[..<place])
            case 4: bytes.insert(contentsOf: interesting.randomElement(using: &generator) ?? [], at: place)
            default:
                let piece = interesting.randomElement(using: &generator) ?? []
                bytes.replaceSubrange(place..<(place + length), with: piece)
            }
        }
        return bytes
    }

    @Test(arguments: UInt64(0)..<8) func mutatedDocuments(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var originals = [Array(Fixtures.cluster.utf8), Array(Fixtures.plan.utf8)]
        originals += try Fixtures.clusters.filter { $0.lastPathComponent.hasPrefix("q10") }.map(Fixtures.bytes)
        for round in 0..<400 {
            let bytes = Self.mutated(originals[round % originals.count], &generator)
            _ = Self.readAll(bytes, yaml: false)
            if round % 8 == 0, bytes.count < 6000 { _ = Self.readAll(bytes, yaml: true) }
        }
    }

    @Test(arguments: UInt64(0)..<4) func mutatedPolicies(seed: UInt64) throws {
        var generator = SplitMix64(seed: 1000 + seed)
        let originals = try Fixtures.policies.map(Fixtures.bytes)
        for round in 0..<150 {
            _ = Self.readAll(Self.mutated(originals[round % originals.count], &generator), yaml: true)
        }
    }

    @Test(arguments: UInt64(0)..<4) func randomBytes(seed: UInt64) {
        var generator = SplitMix64(seed: 2000 + seed)
        for _ in 0..<3000 {
            let count = Int.random(in: 0...64, using: &generator)
            let anything = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let words = (0..<count / 4).flatMap { _ in Self.interesting.randomElement(using: &generator) ?? [] }
            for bytes in [anything, words] {
                _ = Self.readAll(bytes, yaml: false)
                _ = Self.readAll(bytes, yaml: true)
            }
        }
    }

    /// Documents that are valid but for one thing still end, however large the thing.
    @Test func hostileShapes() {
        let many = "{\"format\":\"drover.cluster/1\",\"vms\":[" + String(repeating: "{},", count: 200_000) + "{}]}"
        #expect(Self.readAll(Array(many.utf8), yaml: false) == 1)
        let long = "{\"name\":\"" + String(repeating: "x", count: 5_000_000) + "\"}"
        #expect(Self.readAll(Array(long.utf8), yaml: false) == 3)
        let keys = "{" + (0..<200_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
        #expect(Self.readAll(Array(keys.utf8), yaml: false) == 1)
        let deep = String(repeating: "[", count: 100_000)
        #expect(Self.readAll(Array(deep.utf8), yaml: false) == 0)
        #expect(Self.readAll(Array(deep.utf8), yaml: true) == 0)
        #expect(Self.readAll(Array(String(repeating: "- ", count: 20_000).utf8), yaml: true) == 0)
        #expect(Self.readAll(Array(("1" + String(repeating: "0", count: 1_000_000)).utf8), yaml: false) == 0)
    }
}
