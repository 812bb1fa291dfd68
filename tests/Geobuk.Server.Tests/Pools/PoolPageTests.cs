using Geobuk.Compute.Access;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Compute.Tenants;
using Geobuk.Server.Pools;
using Microsoft.Playwright;

namespace Geobuk.Server.Tests.Pools;

/// <summary>The page of the pools in a real browser: queue with reasons, nodes, shares, a job's life with its log, use.</summary>
public sealed class PoolPageTests
{
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
        var loop = service.RunAsync(stop.Token);
        await using var app = ComputeServer.Build(service, store, "http://127.0.0.1:0");
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
        await Assertions.Expect(page.Locator("#jobs")).ToContainTextAsync("자리: 0 devices are free in one place");
        await Assertions.Expect(page.Locator("#jobs")).ToContainTextAsync("<img src=x onerror=alert(1)>");
        await Assertions.Expect(page.Locator("#usage rect")).ToHaveCountAsync(1);
        await page.Locator("#jobs tr.job", new PageLocatorOptions { HasText = "훈련" }).PressAsync("Enter");
        await Assertions.Expect(page.Locator("#detail-life")).ToContainTextAsync("1번째 실행");
        await Assertions.Expect(page.Locator("#log")).ToContainTextAsync("첫줄");
        await File.WriteAllTextAsync(Path.Combine(folder, "jobs", $"{running.Id}", "work", "go"), "");
        await Assertions.Expect(page.Locator("#log")).ToContainTextAsync("둘째줄");
        service.Cancel(running.Id, key);
        await Assertions.Expect(page.Locator("#detail-title")).ToContainTextAsync("취소");
        Assert.Empty(faults);

        await stop.CancelAsync();
        await loop;
        await app.StopAsync();
        Directory.Delete(folder, recursive: true);
    }
}
