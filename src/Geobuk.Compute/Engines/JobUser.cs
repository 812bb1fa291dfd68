using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Another user of this machine as whom jobs run, so that they do not read what the service reads: its keys, its database, other users'
/// jobs. The service must be root to become somebody else; it does so for the command alone, and keeps the worker's own files to itself.
/// </summary>
internal sealed partial class JobUser
{
    private const string Launcher = "setpriv";

    // The command makes and enters its folder with the user's own rights.
    private const string Enter = """mkdir -p -- "$0" 2> /dev/null; cd -- "$0" && exec "$@" """;

    private const UnixFileMode OfJob = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly uint _user, _group;
    private readonly string? _home;
    private readonly bool _isAccount;

    private JobUser(string name, uint user, uint group, string? home, bool isAccount) => (Name, _user, _group, _home, _isAccount) = (name, user, group, home, isAccount);

    /// <summary>Its name; of one that this machine does not know, its number.</summary>
    public string Name { get; }

    /// <summary>A user that this machine knows.</summary>
    /// <exception cref="UserInputException">There is no such user, or it is root.</exception>
    public static JobUser Named(string name)
    {
        // name:password:uid:gid:comment:home:shell
        var (code, entry, _) = Ask("getent", "passwd", name);
        if (code != 0 || entry.Trim().Split(':') is not { Length: >= 7 } fields) throw new UserInputException($"engine_settings.user: {name} is no user of this machine; expected one. useradd makes one.");
        var (user, group) = (uint.Parse(fields[2], CultureInfo.InvariantCulture), uint.Parse(fields[3], CultureInfo.InvariantCulture));
        if (user == 0) throw new UserInputException($"engine_settings.user: {name} is root; expected a user who may read less than the service. Choose another.");
        return new JobUser(fields[0], user, group, fields[5], isAccount: false);
    }

    /// <summary>A number that this machine knows nobody by, with a group of the same number.</summary>
    public static JobUser Numbered(uint number) => new(number.ToString(CultureInfo.InvariantCulture), number, number, null, isAccount: true);

    /// <summary>Users and groups of this machine whose numbers lie in a range, as <c>name (number)</c>.</summary>
    public static IReadOnlyList<string> Known(uint first, uint last) =>
    [
        .. new[] { "passwd", "group" }.SelectMany(table => Ask("getent", table).Output.Split('\n')).Select(line => line.Split(':'))
            .Where(fields => fields.Length > 2 && uint.TryParse(fields[2], CultureInfo.InvariantCulture, out var number) && number >= first && number <= last).Select(fields => $"{fields[0]} ({fields[2]})").Distinct(),
    ];

    /// <summary>Makes sure that the user can get to its jobs' folders.</summary>
    public void Check(string setting, string root)
    {
        var (code, _, errors) = Ask(Launcher, [.. Switch, "test", "-x", root]);
        if (code != 0) throw new UserInputException($"engine_settings.{setting}: {Name} cannot enter {root}{(errors.Length > 0 ? $" ({errors})" : "")}; expected a folder that others may enter. Choose another --state, or chmod o+x what is above it.");
    }

    /// <summary>The words that run a command as the user in a folder. What a tenant's own account writes, wherever that is, no other reads.</summary>
    public IEnumerable<string> Wrap(string folder, IEnumerable<string> command) => [Launcher, .. Switch, "sh", "-c", _isAccount ? $"umask 077; {Enter}" : Enter, folder, .. command];

    /// <summary>What the user's programs expect in their environment.</summary>
    /// <param name="homes">Where users have their homes that this machine does not know.</param>
    public IEnumerable<(string Name, string Value)> Environs(string homes) => [("HOME", _home ?? Home(homes)), ("USER", Name), ("LOGNAME", Name)];

    /// <summary>Gives a folder to the user.</summary>
    public void Own(string folder)
    {
        if (ChangeOwner(folder, _user, _group) != 0) throw new IOException($"{folder}: cannot be given to {Name}");
    }

    /// <summary>Lets nobody but the service and the user's group look into a folder.</summary>
    public void Close(string folder)
    {
        if (ChangeOwner(folder, 0, _group) != 0) throw new IOException($"{folder}: cannot be kept for {Name}");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, OfJob);
    }

    private string Home(string homes)
    {
        var home = Directory.CreateDirectory(Path.Combine(homes, Name)).FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(home, Private);
        Own(home);
        return home;
    }

    private string[] Switch => [$"--reuid={_user.ToString(CultureInfo.InvariantCulture)}", $"--regid={_group.ToString(CultureInfo.InvariantCulture)}", .. _isAccount ? ["--clear-groups", "--no-new-privs"] : (string[])["--init-groups"], "--"];

    private static (int Code, string Output, string Errors) Ask(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program);
        foreach (var word in words) start.ArgumentList.Add(word);
        return Shell.Run(start, null, Patience, program, "expected an answer at once. Try it by hand.", $"expected the program for engine_settings.user and uids. Install util-linux, which has {Launcher}, and getent of the C library.");
    }

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
