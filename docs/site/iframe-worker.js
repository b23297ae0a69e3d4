// Search runs in a worker, which browsers refuse to a page that is opened from disk. There, a hidden
// frame runs the same script.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      this.frame.srcdoc = "<!doctype html>"
      this.ready = new Promise(resolve => {
        this.frame.onload = () => this.run(new URL(url, location), resolve)
      })
      document.documentElement.append(this.frame)
    }

    run(url, resolve) {
      const inside = this.frame.contentWindow
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
      inside.importScripts = (...urls) => Promise.all(urls.map(one => this.load(new URL(one, url))))
      this.load(url).then(resolve)
    }

    load(url) {
      const script = this.frame.contentDocument.createElement("script")
      script.src = url
      return new Promise(resolve => {
        script.onload = resolve
        this.frame.contentDocument.body.append(script)
      })
    }

    postMessage(data) {
      const send = () => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }))
      this.ready.then(send)
    }

    terminate() {
      this.frame.remove()
    }
  }
}
