import ClusterModel
import Documents
import Foundation
import Generation
import Testing

/// The clusters under `data/clusters`, and generated ones, as documents.
@Suite struct DocumentTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("data/clusters")

    private static let files: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".cluster.json") }.sorted()
    }()

    @Test func thereIsACrowdOfSituations() {
        #expect(Self.files.count >= 25)
    }

    @Test(arguments: files)
    func tinyClustersAreValidAndNamedAfterTheirFile(name: String) throws {
        let data = try Data(contentsOf: Self.folder.appendingPathComponent(name))
        let reading = try ClusterDocument.read(Array(data), name: name)
        #expect(reading.value.name + ".cluster.json" == name)
        #expect(reading.warnings.isEmpty, "\(reading.warnings)")
        #expect(reading.value.hosts.count <= 6)
        let overfull = ["io-bound.cluster.json"]
        #expect(overfull.contains(name) || StartFaults(reading.value).list.isEmpty)
    }

    @Test func theListNamesEveryFile() throws {
        let text = try String(contentsOf: Self.folder.appendingPathComponent("README.md"), encoding: .utf8)
        for file in Self.files {
            let name = file.replacingOccurrences(of: ".cluster.json", with: "")
            #expect(text.contains("| \(name) |"), "\(file) is not in README.md")
        }
    }

    @Test(arguments: ClusterOptions.Kind.allCases)
    func generatedClustersSurviveTheirDocument(kind: ClusterOptions.Kind) throws {
        for seed in UInt64(0)..<10 {
            let cluster = ClusterGenerator(options: ClusterOptions(kind: kind)).cluster(seed: seed)
            let reading = try ClusterDocument.read(Array(ClusterDocument.write(cluster).utf8), name: "\(kind) \(seed)")
            #expect(reading.value == cluster)
            #expect(reading.warnings.isEmpty, "\(reading.warnings)")
        }
    }
}
