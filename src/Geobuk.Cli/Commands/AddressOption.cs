using System.CommandLine;

namespace Geobuk.Cli.Commands;

/// <summary>Options that name another server by its address.</summary>
internal static class AddressOption
{
    /// <param name="name">What is typed.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="example">An address as it should be.</param>
    public static Option<Uri?> Create(string name, string description, string example) => new(name)
    {
        Description = description,
        HelpName = "URL",
        // The library knows no addresses, and a text such as gpu-host:8000 would pass for one of the scheme "gpu-host".
        CustomParser = result =>
        {
            var given = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
            if (Uri.TryCreate(given, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", Host.Length: > 0 }) return address;
            result.AddError($"{name}: \"{given}\"; expected an address such as {example}. Correct it.");
            return null;
        },
    };
}
