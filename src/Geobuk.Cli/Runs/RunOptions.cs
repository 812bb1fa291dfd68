namespace Geobuk.Cli.Runs;

/// <summary>How to run; none of it changes results.</summary>
/// <param name="Folder">Where runs and the artifact store lie.</param>
/// <param name="From">First step to do again even if it is finished; null does none again.</param>
/// <param name="Until">Last step to do; null goes to the end.</param>
/// <param name="Verify">Compares the hashes of skipped artifacts, not only their sizes.</param>
/// <param name="Command">The command line, for the report.</param>
internal sealed record RunOptions(string Folder, string? From = null, string? Until = null, bool Verify = false, string Command = "");
