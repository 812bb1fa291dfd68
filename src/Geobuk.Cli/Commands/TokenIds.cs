using System.CommandLine;
using Geobuk.Models;

namespace Geobuk.Cli.Commands;

/// <summary>The --ids option: token ids separated by commas, once per sequence.</summary>
internal static class TokenIds
{
    public static Option<string[]> Option() => new("--ids") { Description = "Token ids of one sequence, separated by commas; give the option once per sequence.", HelpName = "1,2,3", Required = true };

    /// <exception cref="UserInputException">Every part that is not a token id.</exception>
    public static IReadOnlyList<int[]> Parse(string[] lists)
    {
        var problems = new List<string>();
        var sequences = lists.Select(list => list.Split(',', StringSplitOptions.TrimEntries).Select(part => ParseOne(part, problems)).ToArray()).ToList();
        return problems.Count == 0 ? sequences : throw new UserInputException(problems);
    }

    private static int ParseOne(string part, List<string> problems)
    {
        if (int.TryParse(part, out var id) && id >= 0) return id;
        problems.Add($"--ids: '{part}'; expected token ids separated by commas, such as 1,2,3. Correct the list.");
        return 0;
    }
}
