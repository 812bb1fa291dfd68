using System.Globalization;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>
/// Control groups (cgroup v2) for workers on this machine: bounds of memory and cores, and an end that no process escapes by leaving
/// its session. They lie below the service's own group, which must be writable, as under systemd's Delegate=yes. The kernel gives
/// bounds only to the children of a group that holds no processes itself, so a service alone in its group moves into one of its own.
/// </summary>
public sealed class ControlGroups
{
    private const string Prefix = "geobuk-", Service = "geobuk-service", Memory = "memory_gib_per_device", Cores = "cores_per_device";
    private const long Period = 100_000;

    private static readonly string[] Trees = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

    private readonly double? _memory, _cores;
    private readonly HashSet<string> _over = [];

    /// <param name="settings">memory_gib_per_device and cores_per_device, more than 0; without them nothing is bounded.</param>
    /// <param name="folder">The service's group in the file system; null finds it.</param>
    /// <exception cref="UserInputException">A setting is no such number.</exception>
    public ControlGroups(IReadOnlyDictionary<string, string> settings, string? folder = null)
    {
        (_memory, _cores) = (Number(settings, Memory), Number(settings, Cores));
        var (bounds, controllers) = (new List<string>(), new List<string>());
        if (_memory is { } memory)
        {
            bounds.Add(string.Create(CultureInfo.InvariantCulture, $"at most {memory:0.###} GiB of memory per device"));
            controllers.Add("memory");
        }
        if (_cores is { } cores)
        {
            bounds.Add(string.Create(CultureInfo.InvariantCulture, $"at most {cores:0.###} {(cores == 1 ? "core" : "cores")} per device"));
            controllers.Add("cpu");
        }
        (Folder, var problem) = Open(folder ?? Own(), controllers);
        Confinement = Folder is null ? $"no control group ({problem}): no bounds, and what leaves its session is not ended with the job"
            : problem is not null ? $"a control group without the bounds asked for ({problem})"
            : string.Join(", ", ["a control group", .. bounds]);
        if (Directory.Exists(Folder))
            foreach (var left in Directory.GetDirectories(Folder, Prefix + "*")) IsGone(left);
    }

    /// <summary>Where the groups lie; null where none can be made.</summary>
    public string? Folder { get; }

    /// <summary>How jobs are confined, in words for their owners.</summary>
    public string Confinement { get; }

    /// <summary>Names of its settings.</summary>
    public static IReadOnlyList<string> Settings { get; } = [Memory, Cores];

    /// <summary>Makes the group of one worker with so many devices; null where there are none.</summary>
    public string? Make(string name, int devices)
    {
        if (Folder is null) return null;
        try
        {
            var group = Directory.CreateDirectory(Path.Combine(Folder, Prefix + name)).FullName;
            if (Offers(group, "memory.max") && _memory is { } memory) File.WriteAllText(Path.Combine(group, "memory.max"), ((long)(memory * devices * (1L << 30))).ToString(CultureInfo.InvariantCulture));
            if (Offers(group, "cpu.max") && _cores is { } cores) File.WriteAllText(Path.Combine(group, "cpu.max"), string.Create(CultureInfo.InvariantCulture, $"{(long)(cores * devices * Period)} {Period}"));
            return group;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Ends all processes of a group.</summary>
    public static void Kill(string group)
    {
        try
        {
            if (Directory.Exists(group)) File.WriteAllText(Path.Combine(group, "cgroup.kill"), "1");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Linux before 5.14 has no such file; the session has got its signal.
        }
    }

    /// <summary>Removes the groups of workers that are over, as far as nothing runs there any more; one that was just made is empty, too, and stays.</summary>
    /// <param name="group">The group of one that is over now.</param>
    public void Sweep(string group)
    {
        lock (_over)
        {
            _over.Add(group);
            _over.RemoveWhere(IsGone);
        }
    }

    private static bool IsGone(string group)
    {
        try
        {
            if (Directory.Exists(group)) Directory.Delete(group);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Something runs there.
            return false;
        }
    }

    /// <summary>The folder if groups can be made there, and why there is none or no bounds can be set.</summary>
    private static (string? Folder, string? Problem) Open(string? folder, List<string> controllers)
    {
        if (folder is null) return (null, "this system has no cgroup v2 tree");
        try
        {
            Directory.Delete(Directory.CreateDirectory(Path.Combine(folder, $"{Prefix}probe-{Environment.ProcessId}")).FullName);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return (null, $"{folder} may not be written");
        }
        try
        {
            if (controllers.Count > 0) Delegate(folder, controllers);
            return (folder, null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return (folder, $"{folder}: {fault.Message}");
        }
    }

    /// <summary>Lets the groups below have bounds.</summary>
    private static void Delegate(string folder, List<string> controllers)
    {
        var (control, processes, offered) = (Path.Combine(folder, "cgroup.subtree_control"), Path.Combine(folder, "cgroup.procs"), Path.Combine(folder, "cgroup.controllers"));
        if (!controllers.Except(File.ReadAllText(control).Split()).Any()) return;
        var absent = File.Exists(offered) ? controllers.Except(File.ReadAllText(offered).Split()).ToList() : [];
        if (absent.Count > 0) throw new IOException($"offers no control of {string.Join(" and ", absent)}");
        var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (File.ReadAllText(processes).Trim() == self) File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, Service)).FullName, "cgroup.procs"), self);
        File.WriteAllText(control, string.Join(' ', controllers.Select(controller => $"+{controller}")));
    }

    /// <summary>
    /// The group of this process, or the one above where it was moved into one of its own. Where version 1 holds the usual place,
    /// version 2 is mounted below it (systemd's hybrid hierarchy).
    /// </summary>
    private static string? Own()
    {
        const string membership = "/proc/self/cgroup";
        var tree = Trees.FirstOrDefault(tree => File.Exists(Path.Combine(tree, "cgroup.controllers")));
        if (tree is null || !File.Exists(membership)) return null;
        var path = File.ReadLines(membership).FirstOrDefault(line => line.StartsWith("0::/", StringComparison.Ordinal))?["0::/".Length..];
        if (path is null) return null;
        return Path.Combine(tree, Path.GetFileName(path) == Service ? Path.GetDirectoryName(path)! : path);
    }

    private static bool Offers(string group, string file) => File.Exists(Path.Combine(group, file));

    internal static double? Number(IReadOnlyDictionary<string, string> settings, string name) =>
        !settings.TryGetValue(name, out var text) ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 1e6 ? number
        : throw new UserInputException($"engine_settings.{name}: {text}; expected a number of more than 0. Leave it out for no bound.");
}
