using System.CommandLine;
using System.Text.RegularExpressions;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Cli.Commands;

/// <summary><c>--license BASIS</c>: on what basis the documents of named folders may be used.</summary>
internal static class LicenseOption
{
    public static Option<string?> Create() => new("--license")
    {
        Description = $"On what basis the documents may be used where they state none themselves: {LicenseBasis.PatternText}. Without a basis they are quarantined.",
        HelpName = "BASIS",
    };

    /// <summary>The basis, checked.</summary>
    /// <exception cref="UserInputException">Not a basis.</exception>
    public static string? Basis(string? basis)
    {
        if (basis is not null && !Regex.IsMatch(basis, $@"\A(?:{LicenseBasis.Pattern})\z")) throw new UserInputException($"--license {basis}: not a basis; expected {LicenseBasis.PatternText}. A permission needs its reference in brackets.");
        return basis;
    }

    /// <summary>As a recipe would say it.</summary>
    public static IReadOnlyDictionary<string, string> Licenses(string? basis) =>
        Basis(basis) is { } known ? new Dictionary<string, string> { [LicenseBasis.Domain] = known } : new Dictionary<string, string>();
}
