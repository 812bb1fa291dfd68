using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Recipes;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tenants;
using Geobuk.Server.Pools;
using Microsoft.Playwright;

namespace Geobuk.Server.Tests.Pools;

/// <summary>The page of the pools in a real browser: queue with reasons, nodes, shares, a job's life with its log, use.</summary>
public sealed class PoolPageTests
{
    [Fact]
    public void Gates_AllHaveAWordOnThePage()
    {
        using var script = new StreamReader(typeof(PoolPage).Assembly.GetManifestResourceStream("pools.js")!);
        var text = script.ReadToEnd();

        Assert.All(Enum.GetNames<Geobuk.Compute.Scheduling.Gate>(), gate => Assert.Contains($" {gate.ToLowerInvariant()}: '", text, StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Page_WithAKey_ShowsQueueNodesSharesAndAJobsLogAsItGrows()
    {
        var chromium = Clients.Chromium();
        var folder = Directory.CreateTempSubdirectory("geobuk-page").FullName;
        using var store = ComputeStore.Open(Path.Combine(folder, "compute.db"));
        var engine = new ProcessEngine(Path.Combine(folder, "jobs"), () => { });
        using var service = new ComputeService(ComputeConfig.Local(2) with { Tenants = [new TenantConfig { Path = "국방/인사", Budget = new BudgetConfig(10) }] }, store, _ => engine);
        var (key, secret) = ApiKey.Create("operator", "local", Role.Operator);
        store.Save(key);
        using var stop = new CancellationTokenSource();
        var loop = service.RunAsync(_ => { }, stop.Token);
        await using var app = ComputeServer.Build(service, "http://127.0.0.1:0");
        await app.StartAsync();
        service.Submit(new JobRequest { Command = ["sh", "-c", "echo done"], Name = "<img src=x onerror=alert(1)>", Tenant = "국방/인사" }, key);
        var running = service.Submit(new JobRequest { Command = ["sh", "-c", "echo 첫줄; while [ ! -e go ]; do sleep 0.05; done; echo 둘째줄; sleep 600"], Name = "훈련", Devices = 2, Tenant = "국방/인사" }, key);
        for (var i = 0; i < 1000 && service.Visible(running.Id, key).Phase != JobPhase.Running; i++) await Task.Delay(20);
        service.Submit(new JobRequest { Command = ["true"], Name = "대기", Devices = 2 }, key);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.SetDefaultTimeout(30_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        await page.GotoAsync(app.Urls.First());
        await page.FillAsync("#key", "gbk_wrong");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("API 키가 필요합니다");
        await page.FillAsync("#key", secret);
        await page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("실행 1 · 대기 1");
        await Assertions.Expect(page.Locator("#pools .cell.busy")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("#tenants")).ToContainTextAsync("국방/인사");
        await Assertions.Expect(page.Locator("#jobs")).ToContainTextAsync("자리: 한곳에 빈 장치 0개, 필요한 장치 2개");
        await page.Locator("#jobs tr.job", new PageLocatorOptions { HasText = "대기" }).Locator("button").Last.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#detail-advice")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex($"^이러면 시작: 작업 {running.Id} 종료 \\([0-9분초 ]+ 뒤 예상\\)$"));
        await page.GetByLabel("끝난 작업").CheckAsync();
        await Assertions.Expect(page.Locator("#jobs")).ToContainTextAsync("<img src=x onerror=alert(1)>");
        await page.GetByLabel("대기와 실행").CheckAsync();
        await Assertions.Expect(page.Locator("#usage rect.busy")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#usage rect.running")).Not.ToHaveCountAsync(0);
        await page.Locator("#jobs tr.job", new PageLocatorOptions { HasText = "훈련" }).Locator("button").PressAsync("Enter");
        await Assertions.Expect(page.Locator("#detail-life")).ToContainTextAsync("1번째 실행");
        await Assertions.Expect(page.Locator("#log")).ToContainTextAsync("첫줄");
        await File.WriteAllTextAsync(Path.Combine(folder, "jobs", $"{running.Id}", "work", "go"), "");
        await Assertions.Expect(page.Locator("#log")).ToContainTextAsync("둘째줄");
        service.Cancel(running.Id, key);
        await Assertions.Expect(page.Locator("#detail-title")).ToContainTextAsync("취소");
        await page.RouteAsync("**/compute/v1/tenants", route => route.FulfillAsync(new RouteFulfillOptions { Status = 502, Body = "<html>bad gateway</html>" }));
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("서버가 답하지 못했습니다 (HTTP 502). 다시 시도하는 중입니다");
        await page.UnrouteAsync("**/compute/v1/tenants");
        await page.RouteAsync("**/compute/v1/pools", route => route.FulfillAsync(new RouteFulfillOptions { Body = "<html>sign in</html>" }));
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("서버의 답을 읽을 수 없습니다. 다시 시도하는 중입니다");
        await page.UnrouteAsync("**/compute/v1/pools");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("실행 0 · 대기 0");
        Assert.Empty(faults);

        await stop.CancelAsync();
        await loop;
        await app.StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>300 jobs of six tenants on four pools, one of them of 64 nodes: all of it can be reached, with the keyboard, at any width.</summary>
    [SkippableFact]
    public async Task Page_UnderLoad_ReachesEveryJob_ByKeyboardAndAtAnyWidth()
    {
        var chromium = Clients.Chromium();
        var folder = Directory.CreateTempSubdirectory("geobuk-page").FullName;
        using var store = ComputeStore.Open(Path.Combine(folder, "compute.db"));
        string[] tenants = ["국방/인사", "국방/군수", "기재부/예산", "행안부", "telco/research/kim", "telco/serving"];
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        for (var i = 240; i > 0; i--)
        {
            var held = 3600.0 * (20 + (i * 37 % 90));
            store.Append(new LedgerEntry { At = now - (i * 700), Job = -i, Attempt = 1, Tenant = tenants[i * i % 6], Pool = "haein", Began = now - (i * 700) - 7200, Allocated = held, Busy = held * 0.8, Idle = held * 0.05, LostToPreemption = held * 0.05, Checkpointing = held * 0.1, Won = held });
        }
        using var service = new ComputeService(Load(), store, _ => new HeldEngine(folder));
        var (key, secret) = ApiKey.Create("operator", "local", Role.Operator);
        store.Save(key);
        string[] names = ["국방 인사 문서 요약 모델 이어 학습 2단계", "訓練用資料 整理", "Ｆｕｌｌ　Ｗｉｄｔｈ　Ｎａｍｅ", new string('긴', 200), "<script>document.title='broken'</script><b>굵게</b>", "a_name_without_a_single_place_to_break_it_" + new string('x', 150), "평범한 작업"];
        for (var i = 0; i < 300; i++)
            service.Submit(new JobRequest { Command = ["python3", "train.py"], Name = names[i % names.Length], Tenant = tenants[i % tenants.Length], Devices = 1 << (i % 4), Workers = i % 11 == 0 ? 4 : 1, Preemptible = true }, key);
        service.SetHealth("haein", "b200-007", false, key);
        service.Tick();
        var open = service.List(key);
        var (running, pending) = (open.Count(job => job.Phase == JobPhase.Running), open.Count(job => job.Phase == JobPhase.Pending));
        Assert.True(running > 100 && pending > 50, $"{running} run and {pending} wait");
        await using var app = ComputeServer.Build(service, "http://127.0.0.1:0");
        await app.StartAsync();

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 900 } });
        var faults = new List<string>();
        page.PageError += (_, fault) => faults.Add(fault);
        page.SetDefaultTimeout(30_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        await page.GotoAsync(app.Urls.First());
        await page.FillAsync("#key", secret);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync($"실행 {running} · 대기 {pending}");
        await Assertions.Expect(page.Locator("#shown")).ToHaveTextAsync("1–25 / 300");

        // Whatever is not on the page is on one of those that follow.
        var seen = new List<string>();
        for (var first = 1; ; first += 25)
        {
            await Assertions.Expect(page.Locator("#shown")).ToHaveTextAsync($"{first}–{Math.Min(300, first + 24)} / 300");
            seen.AddRange(await page.Locator("#jobs tr.job button").AllTextContentsAsync());
            if (await page.Locator("#after").IsDisabledAsync()) break;
            await page.Locator("#after").PressAsync("Enter");
        }
        Assert.Equal(Enumerable.Range(1, 300).Select(id => $"{id}"), seen);
        await page.Locator("#before").PressAsync("Enter");
        await Assertions.Expect(page.Locator("#shown")).ToHaveTextAsync("251–275 / 300");
        await page.GetByLabel("대기와 실행").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(page.Locator("#shown")).ToHaveTextAsync($"1–25 / {running}");
        await page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(page.Locator("#shown")).ToHaveTextAsync($"1–25 / {pending}");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("full width");
        var wide = open.Count(job => job.Phase == JobPhase.Pending && job.Request.Name == names[2]);
        await Assertions.Expect(page.Locator("#shown")).ToHaveTextAsync($"1–{Math.Min(25, wide)} / {wide}");
        await page.FillAsync("#text", "");
        await Assertions.Expect(page.Locator("#shown")).ToHaveTextAsync($"1–25 / {pending}");
        await Assertions.Expect(page.Locator("#jobs tr.job td:nth-child(6)").First).ToContainTextAsync(":");

        // Whatever language the browser likes best, the page says everything in Korean; what is not are names.
        foreach (var why in await page.Locator("#jobs tr.job td:nth-child(6)").AllTextContentsAsync())
            Assert.DoesNotMatch("[A-Za-z]", System.Text.RegularExpressions.Regex.Replace(why, "haein|own|cores|b200|h200|a100|cpu|telco(/research(/kim)?|/serving)?", ""));

        // Focus stays where it is while the page draws itself anew, and comes back from a job.
        var row = page.Locator("#jobs tr.job button").First;
        await row.FocusAsync();
        await page.WaitForResponseAsync(answer => answer.Url.Contains("view=pending", StringComparison.Ordinal));
        await page.WaitForResponseAsync(answer => answer.Url.Contains("view=pending", StringComparison.Ordinal));
        await Assertions.Expect(row).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#detail-title")).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator("#detail-title")).ToContainTextAsync("대기");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(row).ToBeFocusedAsync();

        await Assertions.Expect(page.Locator("#pools > details")).ToHaveCountAsync(4);
        await Assertions.Expect(page.Locator("#pools details[data-pool=haein] .node")).ToHaveCountAsync(64);
        await Assertions.Expect(page.Locator("#pools .node.down")).ToContainTextAsync("새 작업 안 받음");
        await Assertions.Expect(page.Locator("#tenants tr", new PageLocatorOptions { HasText = "국방/인사" })).ToContainTextAsync("몫 16.7 % · 사용 ");
        await Assertions.Expect(page.Locator("#tenants tr", new PageLocatorOptions { HasText = "국방/인사" })).ToContainTextAsync("/ 20,000 장치시간");
        await Assertions.Expect(page.Locator("#tenants tr", new PageLocatorOptions { HasText = "행안부" })).ToContainTextAsync("/ 100,000,000 원");
        // 200 % of a window of 1280, 400 % of it, a telephone.
        foreach (var width in new[] { 1280, 640, 320, 360 })
        {
            await page.SetViewportSizeAsync(width, 900);
            Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), $"at {width} the page is {await page.EvaluateAsync<int>("document.documentElement.scrollWidth")} wide");
        }
        Assert.Equal("거북 연산 자원", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("main script, td b").CountAsync());
        Assert.Empty(faults);

        await app.StopAsync();
        store.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static ComputeConfig Load()
    {
        PoolConfig Pool(string name, string provider, string kind, int nodes, int devices, DataLabel label) =>
            new() { Name = name, Provider = provider, Accreditation = label, Nodes = [.. Enumerable.Range(1, nodes).Select(i => new NodeConfig { Name = $"{kind}-{i:000}", Kind = kind, Devices = devices, Island = $"{i / 8}" })] };
        return new ComputeConfig
        {
            Pools = [Pool("haein", "SK텔레콤", "b200", 64, 8, DataLabel.Open), Pool("국가AI과제", "NIPA", "h200", 4, 8, DataLabel.Sensitive) with { Expires = 4_000_000_000 }, Pool("own", "own", "a100", 3, 4, DataLabel.Classified), Pool("cores", "own", "cpu", 1, 96, DataLabel.Open)],
            Tenants =
            [
                new TenantConfig { Path = "국방", Cohort = "정부" }, new TenantConfig { Path = "국방/인사", Weight = 2, Budget = new BudgetConfig(20000, Hard: true), Quotas = [new QuotaConfig { Pool = "haein", Kind = "b200", Cells = 20 }] }, new TenantConfig { Path = "국방/군수" },
                new TenantConfig { Path = "기재부/예산", Cohort = "정부" }, new TenantConfig { Path = "행안부", Cohort = "정부", Budget = new BudgetConfig(Won: 100_000_000) }, new TenantConfig { Path = "telco", Cohort = "정부" },
            ],
        };
    }

    /// <summary>Holds what it is given.</summary>
    private sealed class HeldEngine(string folder) : IComputeEngine
    {
        public void Start(EngineJob job) { }

        public bool Fence(EngineJob job) => false;

        public EngineStatus Status(EngineJob job) => new(EngineState.Running);

        public void AskToLeave(EngineJob job) { }

        public void Kill(EngineJob job) { }

        public Idleness? Idleness(EngineJob job) => null;

        public CheckpointReport? Report(EngineJob job) => null;

        public string LogFile(long job) => Path.Combine(folder, $"{job}.log");
    }
}
