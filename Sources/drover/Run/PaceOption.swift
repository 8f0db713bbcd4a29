import ArgumentParser
import ClusterModel

/// `--pace`, as the commands that run a plan take it.
struct PaceOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Begin at most so many migrations a minute.",
            discussion: """
                The policy's execution.pacePerMinute for this run. How many move at once is another question: \
                --set execution.maxConcurrent=N.
                """,
            valueName: "per minute"))
    var pace: Double?

    func validate() throws {
        guard let pace, !(pace > 0 && pace <= 1e6) else { return }
        throw ValidationError("--pace \(pace): more than 0 and at most 1000000 migrations a minute")
    }

    func applied(to policy: Policy) -> Policy {
        guard let pace else { return policy }
        var paced = policy
        paced.execution.pacePerMinute = pace
        return paced
    }
}
