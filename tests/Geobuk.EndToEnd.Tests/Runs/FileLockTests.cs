using Geobuk.Cli.Runs;

namespace Geobuk.EndToEnd.Tests.Runs;

public sealed class FileLockTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("geobuk 잠금 ");

    private string LockPath => Path.Combine(_folder.FullName, ".lock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void TryTake_WhileAnotherHasIt_GivesNull()
    {
        using (var first = FileLock.TryTake(LockPath))
        {
            Assert.NotNull(first);
            Assert.Null(FileLock.TryTake(LockPath));
        }
        using var next = FileLock.TryTake(LockPath);
        Assert.NotNull(next);
    }

    [Fact]
    public void Dispose_LeavesNoFile()
    {
        FileLock.TryTake(LockPath)!.Dispose();

        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public void TryTake_FileThatAKilledProcessLeft_IsTakenOver()
    {
        File.WriteAllText(LockPath, "");

        FileLock.TryTake(LockPath)!.Dispose();

        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Fact]
    public void Dispose_FolderThatIsGone_DoesNotThrow()
    {
        var path = Path.Combine(_folder.FullName, "runs", ".lock");
        using var taken = FileLock.TryTake(path);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

        Assert.NotNull(taken);
    }

    [SkippableFact]
    public void IsStillAt_FileThatWasDeletedAndMadeAgain_IsFalse()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows keeps a name for as long as the file is open");
        using var opened = new FileStream(LockPath, FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        Assert.True(FileLock.IsStillAt(LockPath, opened));
        File.Delete(LockPath);
        Assert.False(FileLock.IsStillAt(LockPath, opened));
        File.WriteAllText(LockPath, "");
        Assert.False(FileLock.IsStillAt(LockPath, opened));
    }

    [Fact]
    public void TryTake_ManyAtOnce_LetsInOneAtATime()
    {
        var (inside, entries, crowd) = (0, 0, 0);
        var end = DateTime.UtcNow + TimeSpan.FromSeconds(1);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            while (DateTime.UtcNow < end)
            {
                using var taken = FileLock.TryTake(LockPath);
                if (taken is null) continue;
                if (Interlocked.Increment(ref inside) > 1) Interlocked.Increment(ref crowd);
                Interlocked.Increment(ref entries);
                Interlocked.Decrement(ref inside);
            }
        });

        Assert.Equal(0, crowd);
        Assert.True(entries > 100, $"{entries} entries");
    }
}
