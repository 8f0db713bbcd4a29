import ClusterModel
import Documents
import Foundation
import RelocationSupport
import Reports
import Scheduling
import TestSupport

/// Schedules of published instances, where every VM's destination is given: makespan, bound, the paper's own plan.
struct SchedulesBenchmark {
    static let summary = "instances=FOLDER out=FOLDER (absent: the same) links=500,500,1000,1000"

    private let folder: URL
    private let output: URL
    private let links: [Double]

    init(_ arguments: BenchArguments) throws {
        folder = URL(filePath: try arguments.text("instances"), directoryHint: .isDirectory)
        output = URL(filePath: arguments.text("out", absent: folder.path()), directoryHint: .isDirectory)
        let text = arguments.text("links", absent: "")
        let parts = text.split(separator: ",").map { Double($0) ?? 0 }
        guard parts.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw BenchError("links=\(text): Mbit/s of each node, above 0, as 500,500,1000,1000")
        }
        links = parts.isEmpty ? RelocationInstance.publishedLinks : parts
    }

    /// What became of one instance.
    private struct Outcome {
        var plan: Plan
        var boundSeconds: Double
        var publishedSeconds: Double
        var elapsed: Elapsed
    }

    func run() throws {
        let written = [".cluster.json", ".target.json", ".plan.json"]
        let files = TestFiles.files(in: folder, ending: ".json").filter { file in
            !written.contains { file.lastPathComponent.hasSuffix($0) }
        }
        guard !files.isEmpty else {
            throw BenchError("\(folder.path()): no instances, files ending in .json, are there")
        }
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        var table = TextTable([
            .left("instance"), .right("moves"), .right("makespan s"), .right("bound s"), .right("/ bound"),
            .right("published s"), .right("/ ours"), .right("CPU ms"), .left("status"),
        ])
        var outcomes: [Outcome] = []
        for file in files.sorted(by: Self.byNumber) {
            let outcome = try outcome(of: file)
            outcomes.append(outcome)
            let makespan = outcome.plan.summary.makespanSeconds
            table.add([
                file.deletingPathExtension().lastPathComponent, "\(outcome.plan.summary.migrations)", makespan.fixed(2),
                outcome.boundSeconds.fixed(2), (makespan / outcome.boundSeconds).fixed(4),
                outcome.publishedSeconds.fixed(0), (outcome.publishedSeconds / makespan).fixed(3),
                (outcome.elapsed.cpuSeconds * 1000).fixed(1), outcome.plan.status.rawValue,
            ])
        }
        for line in table.lines() { print(line) }
        func mean(_ value: (Outcome) -> Double) -> Double {
            outcomes.reduce(0) { $0 + value($1) } / Double(outcomes.count)
        }
        print(
            "mean makespan / bound \(mean { $0.plan.summary.makespanSeconds / $0.boundSeconds }.fixed(4)), "
                + "published / ours \(mean { $0.publishedSeconds / $0.plan.summary.makespanSeconds }.fixed(3)), "
                + "longest \((outcomes.reduce(0) { max($0, $1.elapsed.cpuSeconds) } * 1000).fixed(1)) ms of CPU")
        print("the checker accepts all plans; clusters, targets and plans are in \(output.path())")
    }

    /// `random.2` before `random.10`.
    private static func byNumber(_ left: URL, _ right: URL) -> Bool {
        left.lastPathComponent.compare(right.lastPathComponent, options: .numeric) == .orderedAscending
    }

    private func outcome(of file: URL) throws -> Outcome {
        let instance = try RelocationInstance(path: file.path(), linkMegabits: links)
        let packed = instance.packed()
        var boundSeconds = 0.0
        let elapsed = Elapsed.of { boundSeconds = instance.schedule(packed).lowerBoundSeconds }
        // The planner throws when the independent checker refuses its plan.
        let plan = try instance.plan()
        try write(instance, plan, as: file.deletingPathExtension().lastPathComponent)
        return Outcome(
            plan: plan, boundSeconds: boundSeconds, publishedSeconds: instance.publishedSeconds, elapsed: elapsed)
    }

    private func write(_ instance: RelocationInstance, _ plan: Plan, as name: String) throws {
        var target = JSONWriter(style: .readable)
        target.value(.object(fields: instance.target.mapValues { .string(value: $0) }))
        let texts = [
            "cluster": ClusterDocument.write(instance.cluster), "target": target.text(),
            "plan": PlanDocument.write(plan),
        ]
        for (kind, text) in texts {
            let file = output.appending(path: "\(name).\(kind).json")
            try Data(text.utf8).write(to: file)
        }
    }
}
