/// What the same weeks gave elsewhere: first-fit decreasing on the values as they are, CPU limit 90 %.
enum PeerFigures {
    static let text = """
        peers, first-fit decreasing (hosts, host-minutes above 100 %)
          demand of a VM                166400 MHz  83200 MHz
          mean                          2, 6265     4, 14290
          p95                           5, 0        9, 5
          p99                           5, 0        10, 0
          max                           6, 0        12, 0
          24-slot profile of p95        5, 0        9, 10
          24-slot profile of p90        5, 0        9, 0
          24-slot profile of p75        4, 945      8, 2470
          joint history, every slot     4, 0        9, 0
          joint history, all but 0.5 %  4, 0        8, 20
          normal, mean + 4 sd           4, 3235     -
        """
}
