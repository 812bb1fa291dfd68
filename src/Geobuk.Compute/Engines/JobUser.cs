using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Another user of this machine as whom jobs run, so that they do not read what the service reads: its keys, its database, other pools'
/// files. The service must be root to become somebody else; it does so for the command alone, and keeps the worker's own files to itself.
/// </summary>
public sealed partial class JobUser
{
    private const string Setting = "user", Launcher = "setpriv";

    // The command makes and enters its folder with the user's own rights.
    private const string Enter = """mkdir -p -- "$0" 2> /dev/null; cd -- "$0" && exec "$@" """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _name, _home;
    private readonly uint _user, _group;

    private JobUser(string name, uint user, uint group, string home) => (_name, _user, _group, _home) = (name, user, group, home);

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = [Setting];

    /// <summary>The user that a local pool's settings name; null where they name none.</summary>
    /// <exception cref="UserInputException">There is no such user, it is root, or the service is not and so cannot become another.</exception>
    public static JobUser? Of(IReadOnlyDictionary<string, string> settings)
    {
        if (!settings.TryGetValue(Setting, out var name)) return null;
        if (!Environment.IsPrivilegedProcess) throw new UserInputException($"engine_settings.user: {name}, but the service runs as {Environment.UserName}; expected it to run as root, who alone may become another. Leave it out, or start the service as root.");
        // name:password:uid:gid:comment:home:shell
        var (code, entry, _) = Ask("getent", "passwd", name);
        if (code != 0 || entry.Trim().Split(':') is not { Length: >= 7 } fields) throw new UserInputException($"engine_settings.user: {name} is no user of this machine; expected one. useradd makes one.");
        var (user, group) = (uint.Parse(fields[2], CultureInfo.InvariantCulture), uint.Parse(fields[3], CultureInfo.InvariantCulture));
        if (user == 0) throw new UserInputException($"engine_settings.user: {name} is root; expected a user who may read less than the service. Choose another.");
        return new JobUser(fields[0], user, group, fields[5]);
    }

    /// <summary>In words for the job's owner.</summary>
    internal string Words => $"as user {_name}";

    /// <summary>Makes sure that the user can get to its jobs' folders.</summary>
    internal void Check(string root)
    {
        var (code, _, errors) = Ask(Launcher, [.. Switch, "test", "-x", root]);
        if (code != 0) throw new UserInputException($"engine_settings.user: {_name} cannot enter {root}{(errors.Length > 0 ? $" ({errors})" : "")}; expected a folder that others may enter. Choose another --state, or chmod o+x what is above it.");
    }

    /// <summary>The words that run a command as the user in a folder.</summary>
    internal IEnumerable<string> Wrap(string folder, IEnumerable<string> command) => [Launcher, .. Switch, "sh", "-c", Enter, folder, .. command];

    /// <summary>What the user's programs expect in their environment.</summary>
    internal IEnumerable<(string Name, string Value)> Environs => [("HOME", _home), ("USER", _name), ("LOGNAME", _name)];

    /// <summary>Gives a folder to the user.</summary>
    internal void Own(string folder)
    {
        if (ChangeOwner(folder, _user, _group) != 0) throw new IOException($"{folder}: cannot be given to {_name}");
    }

    private string[] Switch => [$"--reuid={_user.ToString(CultureInfo.InvariantCulture)}", $"--regid={_group.ToString(CultureInfo.InvariantCulture)}", "--init-groups", "--"];

    private static (int Code, string Output, string Errors) Ask(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program);
        foreach (var word in words) start.ArgumentList.Add(word);
        return Shell.Run(start, null, Patience, program, "expected an answer at once. Try it by hand.", $"expected the program for engine_settings.user. Install util-linux, which has {Launcher}, and getent of the C library.");
    }

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
