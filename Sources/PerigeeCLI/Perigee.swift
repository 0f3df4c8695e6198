internal import ArgumentParser
@main struct Perigee: AsyncParsableCommand {}
